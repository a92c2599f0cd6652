"""People log in: by the passkey or key with which they sign, never by a password."""

from tallystick.app.login.desk import LoginDesk, session_cookie
from tallystick.app.login.members import Member, disposes, member_of, note

__all__ = ["LoginDesk", "Member", "disposes", "member_of", "note", "session_cookie"]
