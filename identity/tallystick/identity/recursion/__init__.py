"""Asking other nodes and Handle servers, and remembering what they said."""

from tallystick.identity.recursion.found import Found, filtered
from tallystick.identity.recursion.json_form import AnswerUnreadable, read_found, show_found
from tallystick.identity.recursion.over_http import OverHttp, ServerUnreachable
from tallystick.identity.recursion.over_native import OverNative

__all__ = [
    "AnswerUnreadable",
    "Found",
    "OverHttp",
    "OverNative",
    "ServerUnreachable",
    "filtered",
    "read_found",
    "show_found",
]
