"""The claims this project makes about itself; `python3 -m tests` proves them."""
