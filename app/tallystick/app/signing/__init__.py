"""Entries that a person signs on a page: drafts to read and sign, here or on a second device."""

from tallystick.app.signing.desk import SigningDesk

__all__ = ["SigningDesk"]
