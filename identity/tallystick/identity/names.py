"""Handles, prefixes and key references (formats §1)."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Callable
from functools import lru_cache

from tallystick.ledger import RuleError

crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
organisation_characters = 13
#: Under which the records of prefixes stand.
prefixes = "0.NA"
#: Visible ASCII is in NFC and holds nothing that is refused.
_plain = re.compile(r"[!-~]+")
Random = Callable[[int], bytes]


class HandleRefused(RuleError):
    code = "handle-refused"
    title = "This is not a well-formed handle"
    advice = (
        "A handle is `prefix/suffix`, in NFC, without blanks, control or bidirectional characters."
    )


@lru_cache(maxsize=16_384)
def split(handle: str) -> tuple[str, str]:
    """(prefix, suffix) of a handle; raises `HandleRefused`."""
    prefix, slash, suffix = handle.partition("/")
    if not slash or not prefix or not suffix:
        raise HandleRefused(handle)
    if _plain.fullmatch(suffix):
        return prefix, suffix
    if unicodedata.normalize("NFC", suffix) != suffix:
        raise HandleRefused(f"{handle} is not in Unicode form NFC")
    if any(unicodedata.category(character) in ("Cc", "Cf", "Zs") for character in suffix):
        raise HandleRefused(f"{handle} holds blank, control or formatting characters")
    return prefix, suffix


def fold(handle: str) -> str:
    """The form by which handles are compared: without regard to ASCII case."""
    if handle.isascii():
        return handle.upper()
    return "".join(c.upper() if c.isascii() else c for c in handle)


def administered_by(handle: str) -> str:
    """The prefix under which a handle is administered: for the record of a prefix, that prefix."""
    prefix, _, suffix = handle.partition("/")
    return suffix if fold(prefix) == prefixes else prefix


def parent(prefix: str) -> str:
    """`99.100` of `99.100.7`; the empty string for a root."""
    return prefix.rpartition(".")[0]


def key_owner(reference: str) -> str:
    """The handle in a key reference `index:handle`."""
    return reference.partition(":")[2]


def new_organisation_handle(node_prefix: str, random: Random = secrets.token_bytes) -> str:
    """`99.100/O-` and 13 random characters; never reassigned."""
    return f"{node_prefix}/O-{random_characters(organisation_characters, random)}"


def new_person_handle(node_prefix: str, random: Random = secrets.token_bytes) -> str:
    return f"{node_prefix}/P-{random_characters(organisation_characters, random)}"


def random_characters(count: int, random: Random = secrets.token_bytes) -> str:
    """Five random bits each."""
    return "".join(crockford[byte % len(crockford)] for byte in random(count))
