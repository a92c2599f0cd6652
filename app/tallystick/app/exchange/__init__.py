"""Handles taken in from other systems, and given to them."""
