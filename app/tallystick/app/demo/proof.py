"""The story's certificate proven in one file, which is verified as a stranger would: with the log's key alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tallystick.app.bootstrap import Node
from tallystick.app.bundles.make import make
from tallystick.app.bundles.verify import verify
from tallystick.ledger import InvariantError, auditor_reader, log_verifier, replace_durably
from tallystick.ledger.bundle import Pins, Request

file_name = "certificate.tally"


@dataclass(frozen=True, slots=True)
class Proof:
    """The file, how many bytes it has, and how many statements follow from it."""

    file: Path
    bytes: int
    statements: int


def prove(node: Node, folder: Path, certificate: str) -> Proof:
    """Raises `InvariantError` unless the file proves the whole life of the certificate."""
    with node.reader.open() as snapshot:
        asked = [Request.of("certificate", certificate=certificate)]
        data = make(snapshot, auditor_reader, asked)
        log = log_verifier(snapshot.view)
    found = verify(data, Pins(log_keys=(log,)))
    if "certificate.complete" not in {one.says for one in found}:
        raise InvariantError("the bundle does not prove the whole life of the certificate")
    replace_durably(folder / file_name, data)
    return Proof(folder / file_name, len(data), len(found))
