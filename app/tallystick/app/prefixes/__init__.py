"""`tallystick prefix`: leases, and the move of a prefix to another log."""
