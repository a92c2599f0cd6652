"""Who may write through the Handle API: users, their secrets, sessions and certificates."""

from tallystick.app.handles.gate import Gate, says_who
from tallystick.app.handles.users import HandleUsers

__all__ = ["Gate", "HandleUsers", "says_who"]
