"""HTTP and WebSocket: one file per room a person enters."""
