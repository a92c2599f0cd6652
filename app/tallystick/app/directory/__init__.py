"""Logging in by an organisation's directory (OpenID Connect): for reading alone, as all sessions."""
