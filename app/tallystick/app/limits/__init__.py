"""Commands of limits."""
