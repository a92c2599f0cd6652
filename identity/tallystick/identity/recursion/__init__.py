"""Resolving what is kept elsewhere: asking other nodes and Handle servers, and remembering what they said."""

from tallystick.identity.asof.wish import type_of as as_of
from tallystick.identity.recursion import referrals
from tallystick.identity.recursion.answers import ResolverAnswers
from tallystick.identity.recursion.cache import Cache
from tallystick.identity.recursion.found import Found, filtered
from tallystick.identity.recursion.json_form import AnswerUnreadable, read_found, show_found
from tallystick.identity.recursion.over_http import OverHttp, ServerUnreachable
from tallystick.identity.recursion.over_native import OverNative
from tallystick.identity.recursion.resolver import (
    LoopRefused,
    NobodyAnswers,
    Resolved,
    Resolver,
)
from tallystick.identity.recursion.routes import router
from tallystick.identity.recursion.upstreams import (
    NobodyKnows,
    RouteRefused,
    Routes,
    Upstream,
    upstream,
)

__all__ = [
    "AnswerUnreadable",
    "Cache",
    "Found",
    "LoopRefused",
    "NobodyAnswers",
    "NobodyKnows",
    "OverHttp",
    "OverNative",
    "Resolved",
    "Resolver",
    "ResolverAnswers",
    "RouteRefused",
    "Routes",
    "ServerUnreachable",
    "Upstream",
    "as_of",
    "filtered",
    "read_found",
    "referrals",
    "router",
    "show_found",
    "upstream",
]
