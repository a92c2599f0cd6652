"""What is printed in a code, and what handle a code that was read stands for.

A label carries `<base URL>/t/<handle>`, ASCII only: the handle is percent-encoded as UTF-8 (RFC 3986
§2.1), its slash kept, because decoders disagree about any other character set. A code may also hold
`hdl:<handle>` or the bare handle; the URL of another site is not a handle of ours, whatever it looks like.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from urllib.parse import SplitResult, quote, unquote_to_bytes, urlsplit

from pydantic import TypeAdapter, ValidationError

from tallystick.ledger import Handle, TallystickError

base_url_chars_max = 200
_safe = "/-._~!$'()*,;=:@"
_default_ports = {"http": 80, "https": 443}
_handle: TypeAdapter[str] = TypeAdapter(Handle)


class LabelRefused(TallystickError):
    code = "label-refused"
    status = 422
    title = "This label cannot be printed so that scanners read it"
    advice = "Use a larger label, a shorter base URL or a well-formed handle."


def label_url(base_url: str, handle: str) -> str:
    """The text of the label's code; raises `LabelRefused`."""
    if not _is_handle(handle):
        raise LabelRefused(f"{handle!r} is not a well-formed handle")
    if any(part in (".", "..") for part in handle.split("/")):
        raise LabelRefused(f"{handle!r} has a dot segment, which browsers remove from URLs")
    return f"{_checked_base(base_url)}/t/{quote(handle, safe=_safe)}"


def checked_link(link: str) -> str:
    """Another address for a label's code, such as a GS1 Digital Link; raises `LabelRefused`."""
    base = _checked_base(link)
    if link != base:
        raise LabelRefused(f"{link!r} ends in a slash")
    return link


def handle_of(text: str, base_urls: Iterable[str]) -> str | None:
    """The handle in a label URL under one of `base_urls`, in `hdl:…`, or bare; None for any other code."""
    text = text.strip()
    if text[:4].lower() == "hdl:":
        found: str | None = text[4:]
    elif "://" in text:
        found = _handle_in_url(text, base_urls)
    else:
        found = text
    return found if found is not None and _is_handle(found) else None


def _handle_in_url(text: str, base_urls: Iterable[str]) -> str | None:
    try:
        url = urlsplit(text)
        for base in map(urlsplit, base_urls):
            start = f"{base.path.rstrip('/')}/t/"
            if _site(url) == _site(base) and url.path.startswith(start):
                return unquote_to_bytes(url.path[len(start) :]).decode("utf-8")
    except ValueError:
        return None
    return None


def _site(url: SplitResult) -> tuple[str, str, int | None]:
    """Scheme, host and port; raises `ValueError` for a URL that names a user (a common disguise)."""
    if "@" in url.netloc:
        raise ValueError("user information in the URL")
    scheme = url.scheme.lower()
    return scheme, (url.hostname or "").rstrip("."), url.port or _default_ports.get(scheme)


def _checked_base(base_url: str) -> str:
    base = base_url.rstrip("/")
    try:
        url = urlsplit(base)
        good = url.scheme.lower() in _default_ports and bool(_site(url)[1])
        good = good and not url.query and not url.fragment
    except ValueError:
        good = False
    printable = base.isascii() and base.isprintable() and " " not in base
    if not good or not printable or len(base) > base_url_chars_max:
        raise LabelRefused(f"{base_url!r} is not a plain http(s) base URL")
    return base


def _is_handle(text: str) -> bool:
    try:
        _handle.validate_python(text)
    except ValidationError:
        return False
    return unicodedata.normalize("NFC", text) == text
