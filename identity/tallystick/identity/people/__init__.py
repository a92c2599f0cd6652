"""People of organisations: roles, acts of two persons, suspension, and control by amount."""
