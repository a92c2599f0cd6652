"""The native protocol beside a node's web server, if the settings name a port."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tallystick.app.bootstrap import Node
from tallystick.app.permissions import resources
from tallystick.app.reads.keeping import ReadLog
from tallystick.app.reads.seen import Looked
from tallystick.app.reads.who import Who
from tallystick.app.settings import Settings
from tallystick.identity import Counts, minting, native
from tallystick.ledger import PrivateKey, Reader

route = "handle protocol"
site_serial = 1
_both = 2


@contextmanager
def answering(node: Node, counts: Counts | None = None) -> Iterator[int]:
    """While it answers; yields the port, 0 if there is none. `counts` is told what was asked.

    Raises `NativePortTaken`.
    """
    settings = node.settings
    if not settings.native_port:
        yield 0
        return
    told, looks = service(settings, service_key(settings.folder)), ReadLog(node)
    admission = native.Admission(resources["identity"].read_by, noting(looks))

    def make() -> native.NativeServer:
        issued = minting.IssuedCodes(minting.Folder(settings.folder))
        answers = native.NodeAnswers(
            native.Present(node.reader), told, issued=issued, counts=counts, admission=admission
        )
        return native.NativeServer(answers, native.Guard(settings.native_questions_per_s))

    with looks.kept(), native.serving(make, settings.native_host, settings.native_port) as port:
        yield port


def noting(looks: ReadLog) -> native.Noting:
    """Looks by this protocol are noted as those by HTTP are: whose key asked, and for which handle."""

    @contextmanager
    def noted(asker: native.Asker, handle: str) -> Iterator[Reader]:
        looked = Looked()
        try:
            yield asker.reader.noting(looked)
        finally:
            looks.note(Who("key", asker.handle), asker.reader, looked, route, handle)

    return noted


def service_key(home: Path) -> PrivateKey:
    """The key that signs answers, and nothing else; made when it is first asked for."""
    path = home / "native" / "service.pem"
    if not path.exists():
        PrivateKey.generate().save(path)
    return PrivateKey.from_pem(path.read_bytes())


def service(settings: Settings, key: PrivateKey) -> native.Service:
    """What the node says of itself."""
    native_port = settings.native_port
    web = urlsplit(settings.base_url)
    secure = web.scheme == "https"
    interfaces = (
        native.Interface(_both, "UDP", native_port),
        native.Interface(_both, "TCP", native_port),
        native.Interface(_both, "HTTPS" if secure else "HTTP", web.port or (443 if secure else 80)),
    )
    address = address_of(settings.native_host)
    server = native.Server(1, address, native.published(key.public), interfaces)
    attributes = (("desc", "Tallystick"), ("domain", web.hostname or ""))
    return native.Service(native.Site(site_serial, (server,), attributes), settings.base_url, key)


def address_of(host: str) -> str:
    """Numbers, as the protocol wants them; nothing but zeros where they are not known."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        return str(socket.getaddrinfo(host, None)[0][4][0])
    except OSError:
        return "0.0.0.0"
