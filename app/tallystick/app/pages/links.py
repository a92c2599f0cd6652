"""Addresses of pages. Names hold `/` and `#`; all but `/` is percent-encoded."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote, urlsplit

_index = re.compile(r"[0-9]{1,15}")
_certificate = re.compile(r"[^\s#]+/[^\s#]+#C-[0-9]+")


def item_url(identifier: str) -> str:
    """
    >>> item_url("99.100.7/SN#1")
    '/t/99.100.7/SN%231'
    """
    return f"/t/{quote(identifier, safe='/')}"


def certificate_url(name: str) -> str:
    return f"/certificates/{quote(name, safe='/')}"


def entry_url(index: int) -> str:
    return f"/log/entries/{index}"


def attachment_url(index: int, digest: str) -> str:
    return f"/log/entries/{index}/attachments/{digest}"


def proof_url(index: int) -> str:
    return f"/log/proof/{index}"


def certificate_bundle_url(name: str) -> str:
    return f"/v1/bundles/certificates/{quote(name, safe='/')}"


def paper_url(name: str, kind: str, language: str, hop: int | None = None) -> str:
    """
    >>> paper_url("99.100/O-A#C-7", "notice", "en", 12)
    '/finance/v1/certificates/99.100/O-A%23C-7/papers/notice?lang=en&hop=12'
    """
    about = "" if hop is None else f"&hop={hop}"
    return f"/finance/v1/certificates/{quote(name, safe='/')}/papers/{kind}?lang={language}{about}"


def credit_file_url(quote: str, language: str, form: str = "pdf") -> str:
    """
    >>> credit_file_url("ab", "en")
    '/finance/v1/quotes/ab/credit-file?lang=en&form=pdf'
    """
    return f"/finance/v1/quotes/{quote}/credit-file?lang={language}&form={form}"


def item_bundle_url(identifier: str) -> str:
    return f"/v1/bundles/items/{quote(identifier, safe='/')}"


def record_bundle_url(handle: str, at: int | None = None) -> str:
    """
    >>> record_bundle_url("99.100.7/SN-1", 12)
    '/v1/records/99.100.7/SN-1/proof?asOf=12'
    """
    then = "" if at is None else f"?asOf={at}"
    return f"/v1/records/{quote(handle, safe='/')}/proof{then}"


def history_url(handle: str) -> str:
    return f"/v1/records/{quote(handle, safe='/')}/history"


def prefix_url(prefix: str) -> str:
    return f"/p/{quote(prefix)}"


def find(asked: str) -> str:
    """Where what somebody typed, pasted or scanned leads: an entry, a certificate, or an item.

    >>> find(" hdl:99.100.7/SN-1 "), find("12"), find("99.100/O-A#C-7")
    ('/t/99.100.7/SN-1', '/log/entries/12', '/certificates/99.100/O-A%23C-7')
    """
    text = asked.strip()
    if text.startswith(("http://", "https://")):
        path = unquote(urlsplit(text).path)
        text = path.removeprefix("/t/").removeprefix("/certificates/").strip("/")
    text = text.removeprefix("hdl:")
    if _index.fullmatch(text):
        return entry_url(int(text))
    if _certificate.fullmatch(text):
        return certificate_url(text)
    return item_url(text)


def is_local(path: str) -> bool:
    """Whether a path to go back to stays on this host (no `//host`, no backslash, no control)."""
    return (
        path.startswith("/")
        and not path.startswith("//")
        and "\\" not in path
        and all(" " < c < "\x7f" for c in path)
    )
