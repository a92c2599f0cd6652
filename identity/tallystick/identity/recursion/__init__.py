"""Asking other nodes and Handle servers, and remembering what they said."""

from tallystick.identity.recursion.found import Found, filtered
from tallystick.identity.recursion.json_form import AnswerUnreadable, read_found, show_found
from tallystick.identity.recursion.over_http import OverHttp, ServerUnreachable

__all__ = [
    "AnswerUnreadable",
    "Found",
    "OverHttp",
    "ServerUnreachable",
    "filtered",
    "read_found",
    "show_found",
]
