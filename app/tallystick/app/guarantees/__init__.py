"""Guarantees by command."""
