"""A supplier shows one buyer its ISO certificate's number and expiry and nothing else; the buyer checks it offline."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tallystick.app.access import Reading
from tallystick.app.bootstrap import Node
from tallystick.app.credentials import acting, checking
from tallystick.app.credentials.presented import PresentationFile
from tallystick.app.demo import cast
from tallystick.app.demo.stage import Stage
from tallystick.identity.credentials import Asked, Qualification, RequireQualifications
from tallystick.ledger import InvariantError, Reader, log_verifier, replace_durably
from tallystick.ledger.bundle import Pins

file_name = "iso-certificate.json"
nonce = "demo"
body, supplier, buyer = cast.auditor, cast.suppliers[0], cast.core
shown = ("number", "expiry")
certificate = Qualification(
    number="DEMO-QMS-0001",
    kind="iso-9001",
    scope="演示：模组生产 · Demo: production of modules",
    sites=("演示一厂 · Demo works 1",),
    issued="2025-11-01",
    expiry="2028-10-31",
    issuer=body.en,
)


@dataclass(frozen=True, slots=True)
class Qualified:
    """The file, and what the buyer read in it."""

    file: Path
    fields: dict[str, str]
    hidden: int


def certify(node: Node, stage: Stage, base_url: str) -> str:
    """The buyer asks for it, and the supplier is certified; the certificate's name in the log."""
    need = RequireQualifications(supplier=supplier.handle, kinds=(certificate.kind,))
    stage.say(buyer.handle, "identity.qualification.require/1", need)
    author = stage.author(body.handle)
    desk = acting.Desk(author, cast.key(f"300:{body.handle}"), base_url, stage.random)
    with node.look() as view:
        written = desk.issue(view, certificate, supplier.handle, f"300:{supplier.handle}")
    stage.append([written.submission])
    return written.digest


def present(node: Node, folder: Path, digest: str, now_ms: int) -> Qualified:
    """Raises `InvariantError` unless the buyer reads those fields, and no other."""
    key = cast.key(f"300:{supplier.handle}")
    with node.reader.open() as snapshot:
        reading = Reading(snapshot, Reader.party(supplier.handle))
        made = acting.present(reading, key, digest, buyer.handle, shown, nonce=nonce, now_ms=now_ms)
        log = log_verifier(snapshot.view)
    replace_durably(folder / file_name, made.encode())
    read = PresentationFile.parse((folder / file_name).read_bytes())
    found = checking.verify(read, Pins(log_keys=(log,)), Asked(buyer.handle, nonce, now_ms))
    if set(found.fields) != set(shown) or found.holder != supplier.handle:
        raise InvariantError(f"the presentation shows {sorted(found.fields)}")
    fields = {name: str(found.fields[name]) for name in shown}
    return Qualified(folder / file_name, fields, found.revealed.hidden)
