"""What a person is told: what waits for it, what happened to it. Derived from the log, with no truth of its own.

Another part adds kinds of its own by `register`; it gives notices of a state and never keeps any.
"""

from tallystick.app.notices.inbox import Inbox, Notice, Source, register

__all__ = ["Inbox", "Notice", "Source", "register"]
