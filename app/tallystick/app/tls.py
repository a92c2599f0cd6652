"""TLS at the server itself, for nodes without a web server in front; and the certificates that clients show.

A client's certificate is trusted for what it is, not for who issued it: the users' own certificates are the only
anchors (RFC 5280 §6.1.1 d), and what its key may do follows from the log. Files that change are read again when
the next client comes; a new certificate of the server is shown from the one after on.
"""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from tallystick.app.settings import Settings
from tallystick.ledger import TallystickError

_log = structlog.get_logger()
Stamp = tuple[int, ...]


class TlsUnusable(TallystickError):
    code = "tls-unusable"
    status = 500
    title = "The certificate or its key cannot be used"
    advice = (
        "Set TALLYSTICK_TLS_CERTIFICATE and TALLYSTICK_TLS_KEY to PEM files that belong together; "
        "`tallystick certificate` makes a pair for trying things out."
    )


@dataclass
class Tls:
    """`clients`: the certificates that clients may show, in PEM; None: they are not asked for any."""

    certificate: Path
    key: Path
    clients: Callable[[], str] | None = None
    _stamp: Stamp = ()
    _trusted: str = ""
    _context: ssl.SSLContext = field(
        default_factory=lambda: ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    )

    @staticmethod
    def of(settings: Settings, clients: Callable[[], str]) -> Tls | None:
        """None where no certificate is set. Raises `TlsUnusable`."""
        certificate, key = settings.tls_certificate, settings.tls_key
        if certificate is None and key is None and not settings.tls_clients:
            return None
        if certificate is None or key is None:
            raise TlsUnusable("one of certificate and key is not set")
        asked = clients if settings.tls_clients else None
        return Tls(certificate.expanduser(), key.expanduser(), asked)

    def context(self) -> ssl.SSLContext:
        """Raises `TlsUnusable`."""
        made = self._context
        made.minimum_version = ssl.TLSVersion.TLSv1_2
        self._read()
        if self.clients is not None:
            made.verify_mode = ssl.CERT_OPTIONAL
            made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        made.sni_callback = self._before_handshake
        return made

    def _before_handshake(self, _connection: object, _name: object, _context: object) -> None:
        try:
            self._read()
        except TallystickError as error:
            # The last certificate that was whole goes on.
            _log.error(error.code, detail=error.detail)

    def _read(self) -> None:
        try:
            stamp = (self.certificate.stat().st_mtime_ns, self.key.stat().st_mtime_ns)
            if stamp != self._stamp:
                # Half of a pair that is being renewed would spoil the one that is in use.
                ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(self.certificate, self.key)
                self._context.load_cert_chain(self.certificate, self.key)
                self._stamp = stamp
            trusted = self.clients() if self.clients else ""
            if trusted != self._trusted:
                self._context.load_verify_locations(cadata=trusted)
                self._trusted = trusted
        except (OSError, ValueError) as error:
            raise TlsUnusable(f"{self.certificate}: {error}") from None


def transport(settings: Settings, clients: Callable[[], str]) -> dict[str, Any]:
    """What uvicorn is told of TLS, and of proxies in front. Raises `TlsUnusable`."""
    proxies = settings.trusted_proxies
    told: dict[str, Any] = {"proxy_headers": bool(proxies), "forwarded_allow_ips": proxies}
    tls = Tls.of(settings, clients)
    if tls is None:
        return told
    context = tls.context()
    http = CertifiedProtocol if settings.tls_clients else "auto"
    return {**told, "ssl_context_factory": lambda _config, _usual: context, "http": http}


class CertifiedProtocol(H11Protocol):
    """HTTP whose requests tell which certificate the client proved to hold (ASGI's TLS extension)."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        connection = transport.get_extra_info("ssl_object")
        shown = connection.getpeercert(binary_form=True) if connection else None
        if shown:
            app: Any = _showing(self.app, ssl.DER_cert_to_PEM_cert(shown))
            self.app = app


def _showing(app: Any, certificate: str) -> ASGIApp:
    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        told = {**scope.get("extensions", {}), "tls": {"client_cert_chain": [certificate]}}
        answered: Awaitable[None] = app({**scope, "extensions": told}, receive, send)
        await answered

    return call
