"""Commands about people of organisations, and acts of two persons."""
