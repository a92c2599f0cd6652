"""Where a sequencer listens: a Unix socket by its path, `https://host:port`, or `http://host:port` in clear."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tallystick.ledger import TallystickError

#: A socket's name has 108 bytes on Linux, 104 on macOS, with the zero at its end.
path_bytes_max = 103
socket_mode = 0o660
backlog = 128


class AddressRefused(TallystickError):
    code = "sequencer-address"
    status = 400
    title = "This is no address of a sequencer"
    advice = (
        "Give the path of its socket (at most 103 bytes), https://HOST:PORT or http://HOST:PORT."
    )


@dataclass(frozen=True, slots=True)
class Address:
    """`path` of a Unix socket; None for `host` and `port`, with `tls` where each side shows a certificate."""

    path: Path | None
    host: str = ""
    port: int = 0
    tls: bool = False

    @staticmethod
    def parse(text: str) -> Address:
        """Raises `AddressRefused`."""
        if "://" not in text:
            # As the system has it: a path may hold bytes that are no text.
            if not text or "\x00" in text or len(os.fsencode(text)) > path_bytes_max:
                raise AddressRefused(repr(text[:200]) if text else "nothing was given")
            return Address(Path(text))
        if not text.isascii():
            raise AddressRefused(repr(text[:200]))
        try:
            found = urlsplit(text)
            host, port = found.hostname, found.port
        except ValueError:
            raise AddressRefused(text[:200]) from None
        if (
            found.scheme not in ("http", "https")
            or not host
            or not port
            or found.path not in ("", "/")
        ):
            raise AddressRefused(text[:200])
        return Address(None, host, port, found.scheme == "https")

    @property
    def url(self) -> str:
        if self.path:
            return "http://sequencer"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}"

    def listen(self) -> socket.socket:
        """A listening socket; raises `AddressRefused`. A path is for owner and group alone."""
        try:
            if self.path is None:
                family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
                made = socket.create_server((self.host, self.port), family=family, backlog=backlog)
                # What is accepted inherits it; asyncio sets it only for sockets that name their protocol.
                made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return made
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Whoever holds the sequencer's lock owns the path: what is there was left behind.
            self.path.unlink(missing_ok=True)
            listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            listening.bind(str(self.path))
            self.path.chmod(socket_mode)
            listening.listen(backlog)
            return listening
        except OSError as error:
            raise AddressRefused(f"{self}: {error.strerror}") from None

    def __str__(self) -> str:
        return str(self.path) if self.path else self.url
