"""Refusals of files of banks. Each names the line and the element."""

from __future__ import annotations

from tallystick.ledger import TallystickError


class NotificationUnreadable(TallystickError):
    code = "notification-unreadable"
    status = 400
    title = "This is no notification of a bank that can be read"
    advice = "Send camt.054 of ISO 20022, whole and as the bank wrote it; the detail names line and element."


class NotificationTooLarge(TallystickError):
    code = "notification-too-large"
    status = 413
    title = "This file of a bank is larger or deeper than one may be"
    advice = "Ask the bank for smaller files: one has at most 64 MiB, 100,000 payments, 24 levels and 4,000 characters in a text."
