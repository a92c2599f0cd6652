"""Addresses of other servers, as people type them."""

from __future__ import annotations

from urllib.parse import urlsplit

from tallystick.ledger import TallystickError

shown_chars_max = 200


class AddressNotHttp(TallystickError):
    code = "address-not-http"
    status = 400
    title = "This is no address of a server"
    advice = "Write `https://HOST` or `http://HOST:PORT`, perhaps with a path; no user, password, query or fragment."


def http_address(text: str) -> str:
    """The address, if it is one: what is no address would be told as a server that does not answer.

    Raises `AddressNotHttp`.
    """
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    beside = (parts.username, parts.password, parts.query, parts.fragment)
    if parts.scheme not in ("http", "https") or not host or port == 0 or any(beside):
        # What is behind a user's name may be a password.
        shown = text.rpartition("@")[2] if "@" in text else text
        raise AddressNotHttp(repr(shown[:shown_chars_max]))
    return text
