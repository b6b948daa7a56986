"""What people see: claims proven in a real Chromium."""
