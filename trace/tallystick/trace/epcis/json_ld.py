"""Bytes to JSON under limits, and the parts of JSON-LD that EPCIS needs.

Floats are allowed, for sensor data. Refused: keys named twice, NaN and infinities, integers that an
RFC 8785 encoder cannot hold, lone surrogates, too many bytes, too much depth. No context is ever fetched:
a document names the EPCIS context and may declare namespace prefixes of its own, nothing else.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

import orjson

from tallystick.trace.epcis.faults import Faults, refuse
from tallystick.trace.epcis.vocabulary import is_uri, standard_prefixes

document_bytes_max = 16 * 2**20
depth_max = 32
prefixes_max = 100
_integer_max = 2**53 - 1

_context = re.compile(
    r"https?://ref\.gs1\.org/standards/epcis/(2\.0\.\d+/)?epcis-context\.jsonld"
    r"|https://gs1\.github\.io/EPCIS/epcis-context\.jsonld"
)
_prefix = re.compile(r"[A-Za-z][A-Za-z0-9_.\-]*")


def parse(data: bytes) -> dict[str, Any]:
    """The JSON object in `data`; raises `EpcisRefused`."""
    if len(data) > document_bytes_max:
        refuse("", f"the document has {len(data)} bytes", f"at most {document_bytes_max}: split it")
    value = _written_canonically(data)
    if value is not None:
        _check_tree(value, surrogates=False)
        return value
    try:
        # Strictly: of bytes, `json` itself also takes half a surrogate pair.
        value = json.loads(
            data.decode("utf-8-sig"),
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_real,
            parse_constant=_constant,
        )
    except (ValueError, RecursionError) as error:
        refuse("", f"this is not JSON in UTF-8: {error}", "check the quotes, commas and encoding")
    if not isinstance(value, dict):
        refuse("", "a JSON object is expected", "send an EPCISDocument or one event")
    _check_tree(value, surrogates=b"\\ud" in data.lower())
    return value


def _written_canonically(data: bytes) -> dict[str, Any] | None:
    """The object in RFC 8785 form, as our own devices write it: no field can stand twice in it."""
    try:
        value = orjson.loads(data)
        same = orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER) == data
    except (TypeError, ValueError, RecursionError):
        return None
    return value if same and isinstance(value, dict) else None


def prefixes(*contexts: object) -> dict[str, str]:
    """The namespace prefixes that these values of `@context` declare, later ones over earlier."""
    declared: dict[str, str] = {}
    for context in contexts:
        for part in _parts(context):
            if isinstance(part, Mapping):
                declared.update((k, v) for k, v in part.items() if isinstance(v, str))
    return declared


def check_context(context: object, pointer: str, faults: Faults, *, required: bool) -> None:
    """Note whatever is wrong with a value of `@context`."""
    parts = list(_parts(context))
    for part in parts:
        if isinstance(part, str) and not _context.fullmatch(part):
            faults.add(
                pointer,
                f"the context {part!r} is not known",
                "contexts are not fetched: name the EPCIS context, and declare prefixes inline",
            )
        elif isinstance(part, Mapping):
            _check_prefixes(part, pointer, faults)
        elif not isinstance(part, str):
            faults.add(pointer, "a context is a URL or an object of prefixes", "correct it")
    if required and not any(isinstance(part, str) for part in parts):
        faults.add(
            pointer,
            "the EPCIS context is missing",
            'add "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"',
        )


def _parts(context: object) -> Iterable[object]:
    if context is None:
        return ()
    return context if isinstance(context, list) else (context,)


def _check_prefixes(part: Mapping[str, object], pointer: str, faults: Faults) -> None:
    if len(part) > prefixes_max:
        faults.add(pointer, f"more than {prefixes_max} prefixes are declared", "declare those used")
        return
    for prefix, uri in part.items():
        if not _prefix.fullmatch(prefix) or (prefix in _terms):
            faults.add(
                pointer,
                f"{prefix!r} cannot be declared as a namespace prefix",
                "prefixes are letters and digits, and no names of EPCIS itself",
            )
        elif not isinstance(uri, str) or not is_uri(uri):
            faults.add(
                pointer, f"the prefix {prefix!r} stands for no URI", "give its namespace URI"
            )


_terms = frozenset(
    ("type", "id", "eventID", "epcisBody", "eventList", "ilmd", "http", "https", "urn", "hdl")
)


def known_prefixes(declared: Mapping[str, str]) -> frozenset[str]:
    """Prefixes that an extension field may use."""
    return frozenset((*declared, *standard_prefixes))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        refuse("", f"the field {twice!r} stands twice in one object", "keep one of them")
    return value


def _integer(text: str) -> int:
    number = int(text) if len(text) <= 20 else _integer_max + 1
    if abs(number) > _integer_max:
        refuse("", f"{text[:40]} is too large for a number", "write it as a string")
    return number


def _real(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        refuse("", f"{text[:40]} is too large for a number", "write it as a string")
    return number


def _constant(text: str) -> NoReturn:
    refuse("", f"{text} is not a number of JSON", "leave the value out")


def _check_tree(root: Any, *, surrogates: bool) -> None:
    level: list[Any] = [root]
    for _ in range(depth_max):
        level = [child for value in level for child in _children(value, surrogates)]
        if not level:
            return
    refuse("", f"the document is nested deeper than {depth_max}", "flatten the extension fields")


def _children(value: Any, surrogates: bool) -> Iterable[Any]:
    if not surrogates and type(value) is str:
        return ()
    if surrogates:
        for text in value if isinstance(value, dict) else (value,):
            if isinstance(text, str) and not _encodes(text):
                refuse("", "a text holds half a surrogate pair", "write whole characters")
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
