"""Sharing over HTTP, on pages and as commands; and what a request's reader was given."""

from tallystick.app.sharing.desk import SharingDesk

__all__ = ["SharingDesk"]
