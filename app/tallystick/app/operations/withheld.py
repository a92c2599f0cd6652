"""What no line of the log may hold, whoever wrote the call: secrets, bodies, whole documents.

The calls name ids, indices, codes and counts. This is the net below them: members of certain names are
withheld, bytes are told by their length, passwords are cut out of addresses, and everything has a limit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from functools import lru_cache
from typing import Any

text_chars_max = 2000
items_max = 32
depth_max = 4
withheld = "[withheld]"
_names = re.compile(
    r"(?i)(^|[_-])(token|secret|password|authorization|cookie|private|seed|salt|body|bodies|envelope"
    r"|payload|jwk|pem|data)s?([_-]|$)"
)
_password = re.compile(r"(?<=://)([^\s/:@]*):[^\s@]+@")
_bearer = re.compile(r"(?i)\b(bearer\s+|tally_)[A-Za-z0-9._~+/=-]{8,}")
_may_bear = re.compile(r"(?i)bearer|tally_")
_pem = re.compile(r"-----BEGIN [A-Z ]+-----.*?(-----END [A-Z ]+-----|$)", re.DOTALL)
_surrogates = re.compile("[\ud800-\udfff]")


def guard(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """The structlog processor."""
    return {_text(name): _member(name, value, 0) for name, value in event.items()}


def _member(name: str, value: object, depth: int) -> object:
    return withheld if value is not None and _is_secret(name) else _value(value, depth)


@lru_cache(maxsize=1024)
def _is_secret(name: str) -> bool:
    return _names.search(name) is not None


def _value(value: object, depth: int) -> object:
    if value is None or isinstance(value, (bool, float)):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**63 else _text(str(value))
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"[{len(value)} bytes]"
    if depth >= depth_max:
        return "[…]"
    if isinstance(value, Mapping):
        first = list(value.items())[:items_max]
        return {_text(str(name)): _member(str(name), inner, depth + 1) for name, inner in first}
    if isinstance(value, (list, tuple, set, frozenset)):
        rows = [_value(inner, depth + 1) for inner in list(value)[:items_max]]
        more = len(value) - items_max
        return [*rows, f"and {more} more"] if more > 0 else rows
    return _text(str(value))


def _text(text: str) -> str:
    if "://" in text:
        text = _password.sub(rf"\1:{withheld}@", text)
    if "-----BEGIN" in text:
        text = _pem.sub(withheld, text)
    if _may_bear.search(text):
        text = _bearer.sub(withheld, text)
    if not text.isascii():
        text = _surrogates.sub("�", text)
    return (
        text
        if len(text) <= text_chars_max
        else f"{text[:text_chars_max]}… ({len(text)} characters)"
    )
