"""Addresses to which a record may lead: of the web, and nothing else."""

from __future__ import annotations

import re

address_chars_max = 2_000
#: RFC 3986, without a user name, which misleads people about the host.
_web = re.compile(
    r"(?i:https?)://(?:[a-z0-9._~-]|%[0-9a-f]{2})+(?::[0-9]{1,5})?"
    r"(?:[/?#](?:[a-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9a-f]{2})*)?",
    re.IGNORECASE,
)


def is_web_address(text: str) -> bool:
    """Whether it is an http or https address in ASCII, with a host, fit for a header."""
    return len(text) <= address_chars_max and _web.fullmatch(text) is not None


def with_query(address: str, query: str) -> str:
    """The address with these parameters behind its own."""
    if not query:
        return address
    head, hash_sign, fragment = address.partition("#")
    joint = "" if head.endswith(("?", "&")) else "&" if "?" in head else "?"
    return f"{head}{joint}{query}{hash_sign}{fragment}"
