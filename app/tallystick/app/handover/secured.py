"""TLS between API processes and the sequencer, in which each shows the other its certificate (RFC 8446 §4.4.2).

Whoever may speak stands in one file, as its own certificate or that of whoever issued it; no other anchor is
believed, neither the system's nor one that the peer brings along (RFC 5280 §6.1.1 d).
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import structlog

from tallystick.app.handover.address import Address
from tallystick.app.settings import Settings
from tallystick.ledger import TallystickError

_log = structlog.get_logger()


class HandoverTlsUnusable(TallystickError):
    code = "sequencer-tls-unusable"
    status = 500
    title = "The way to the sequencer cannot be protected as it is set"
    advice = (
        "For `https://HOST:PORT` set TALLYSTICK_SEQUENCER_CERTIFICATE, TALLYSTICK_SEQUENCER_KEY and "
        "TALLYSTICK_SEQUENCER_TRUSTED to PEM files on both sides; `tallystick certificate --between` makes a pair."
    )


@dataclass(frozen=True, slots=True)
class Secured:
    """The certificate that this process shows, its key, and the certificates that it believes, all in PEM."""

    certificate: Path
    key: Path
    trusted: Path

    @staticmethod
    def of(address: Address, settings: Settings) -> Secured | None:
        """None where the way needs none. Raises `HandoverTlsUnusable`; says it where bodies travel in clear."""
        told = settings.sequencer_certificate, settings.sequencer_key, settings.sequencer_trusted
        certificate, key, trusted = told
        if address.path is not None:
            return None
        if not address.tls:
            if any(told):
                raise HandoverTlsUnusable(
                    f"{address} is not protected, though certificates are set"
                )
            if not _is_this_machine(address.host):
                _log.warning("handover-in-clear", address=str(address), advice=_in_clear)
            return None
        if certificate is None or key is None or trusted is None:
            raise HandoverTlsUnusable("certificate, key or trusted certificates are not set")
        return Secured(certificate.expanduser(), key.expanduser(), trusted.expanduser())

    def listening(self) -> ssl.SSLContext:
        """For the sequencer. Raises `HandoverTlsUnusable`."""
        context = self._loaded(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
        context.verify_mode = ssl.CERT_REQUIRED
        return context

    def calling(self) -> ssl.SSLContext:
        """For an API process: the sequencer's certificate names the host of its address. Raises as above."""
        return self._loaded(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))

    def _loaded(self, context: ssl.SSLContext) -> ssl.SSLContext:
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        # A self-signed certificate in the file is an anchor, and so is one that another signed.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        try:
            context.load_cert_chain(self.certificate, self.key)
            context.load_verify_locations(cafile=self.trusted)
        except (OSError, ValueError) as error:
            said = f"{self.certificate}, {self.key}, {self.trusted}: {error}"
            raise HandoverTlsUnusable(said) from None
        return context


_in_clear = (
    "bodies and attachments travel in clear, and whoever reaches the address can hand in signed entries and ask for "
    "receipts: use it in a network of your own alone, or https:// with certificates on both sides"
)


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
