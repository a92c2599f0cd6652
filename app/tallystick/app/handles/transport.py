"""How a request came here: whether nobody on the way could read it, and which certificate the client showed."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from cryptography import x509
from starlette.requests import HTTPConnection

_forwarded = ("forwarded", "x-forwarded-for", "x-forwarded-proto", "x-real-ip")


def is_safe(request: HTTPConnection) -> bool:
    """Over TLS, here or at a proxy that a setting trusts; or from this machine to itself, not passed on by a proxy."""
    if request.url.scheme == "https":
        return True
    if any(name in request.headers for name in _forwarded):
        return False
    ends = (request.scope.get("server"), request.scope.get("client"))
    return all(end is not None and _is_loopback(end[0]) for end in ends)


def address(request: HTTPConnection) -> str:
    return request.client.host if request.client else ""


def certificate(request: HTTPConnection) -> x509.Certificate | None:
    """What the client proved at the handshake to have the key of (ASGI's TLS extension)."""
    told: dict[str, Any] = request.scope.get("extensions", {}).get("tls", {})
    chain = told.get("client_cert_chain") or ()
    return x509.load_pem_x509_certificate(chain[0].encode()) if chain else None


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
