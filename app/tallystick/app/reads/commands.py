"""Commands by which the operator looks: they are noted as every other look is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tallystick.app.bootstrap import Node
from tallystick.app.reads.keeping import ReadLog
from tallystick.app.reads.seen import Looked
from tallystick.app.reads.who import operator
from tallystick.ledger import Reader


@contextmanager
def noted(node: Node, reader: Reader, command: str, what: str = "") -> Iterator[Reader]:
    """The reader, whose looks are written when the command ends, however it ends."""
    looked = Looked()
    try:
        yield reader.noting(looked)
    finally:
        log = ReadLog(node)
        log.note(operator, reader, looked, f"tallystick {command}", what)
        log.flush()
