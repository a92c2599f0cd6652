"""Prefixes as leases: quota, expiry, suspension; handed to somebody else, or moved to another log."""
