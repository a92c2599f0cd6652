"""Types of links: the GS1 Web Vocabulary's, and others by their whole address.

Vocabularies grow, so a type is taken by its form and not from a list. What a resolver itself says (default links,
the linkset, another resolver) nobody states in a record.
"""

from __future__ import annotations

import re

gs1_vocabulary = "https://ref.gs1.org/voc/"
default_link = gs1_vocabulary + "defaultLink"
default_link_multi = gs1_vocabulary + "defaultLinkMulti"
defaults = (default_link, default_link_multi)
type_pattern = r"^(gs1:[A-Za-z][A-Za-z0-9]{0,60}|https://[a-z0-9.-]+/[A-Za-z0-9._~/#-]{0,200})$"
#: Asked for in the place of a type: every link. `all` is the old word.
every_link = frozenset(("linkset", "all"))

_spelled = re.compile(
    r"(?:gs1:|https?://(?:www\.|ref\.)?gs1\.org/voc/)?([A-Za-z][A-Za-z0-9]{0,60})"
)
_reserved = frozenset((*every_link, "defaultLink", "defaultLinkMulti", "handledBy"))


def whole(link_type: str) -> str:
    """A type as linksets name it: `gs1:pip`, `pip` and older addresses of the vocabulary are one type."""
    found = _spelled.fullmatch(link_type)
    return gs1_vocabulary + found.group(1) if found else link_type


def is_reserved(link_type: str) -> bool:
    """Whether only a resolver says it."""
    return whole(link_type).removeprefix(gs1_vocabulary) in _reserved
