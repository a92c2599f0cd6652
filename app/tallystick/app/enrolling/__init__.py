"""Invitations by a code, requests by a fresh key, digits compared, approvals by signature: for devices and people."""
