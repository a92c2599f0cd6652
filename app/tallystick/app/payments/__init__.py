"""Payments of financings and recourse: commands."""
