"""How the names in the map of heads are written (formats §3): of a name written otherwise, absence proves nothing.

The map finds a name by its exact bytes. Whoever asks for `99.100/o-…` where the log writes `99.100/O-…`, or for a
kind that the map does not have, would get a valid proof that nothing stands there, and read it as "never confirmed".
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from tallystick.ledger import forms
from tallystick.ledger.heads.errors import HeadNameRefused

shown_chars_max = 200

#: An organisation as documents name it: without small letters, so that one party has one spelling.
_party = r"[0-9A-Z][0-9A-Z.\-]*/[^\s#\x00-\x1f\x7fa-z]{1,250}"
_number = r"[^\s#\x00-\x1f\x7f]{1,60}"
_line = r"[1-9][0-9]{0,5}"
#: By kind, the form of its names.
names: Mapping[str, re.Pattern[str]] = {
    "key": forms.key_reference,
    "governance": re.compile("acts"),
    "handle": re.compile(r"[0-9A-Z][0-9A-Z.\-]*/[^\s\x00-\x1f\x7fa-z]{1,250}"),
    "organisation": re.compile(_party),
    "credential": forms.hex32,
    "certificate": re.compile(rf"{_party}#C-(?:0|[1-9][0-9]{{0,14}})"),
    "invoice line": re.compile(rf"{_party}#{_number}#{_line}"),
    "receipt line": re.compile(rf"{_party}#{_number}#{_line} [^\s#\x00-\x1f\x7f]{{1,60}}"),
}


def require_name(kind: str, name: str) -> None:
    """That the log could name something so. Raises `HeadNameRefused`."""
    form = names.get(kind)
    if form is None:
        raise HeadNameRefused(f"{kind[:shown_chars_max]!r} is none of {', '.join(names)}")
    if form.fullmatch(name) is None:
        raise HeadNameRefused(f"{kind} {name[:shown_chars_max]!r}")
