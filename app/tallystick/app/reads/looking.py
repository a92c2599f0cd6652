"""What a command of the operator reads of everything, noted as the look that it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tallystick.app.access import Reading
from tallystick.app.bootstrap import Node
from tallystick.app.reads.commands import noted
from tallystick.app.settings import Settings
from tallystick.ledger import Reader, auditor_reader


@contextmanager
def looking(
    command: str, what: str = "", reader: Reader = auditor_reader, node: Node | None = None
) -> Iterator[Reading]:
    """A snapshot for `tallystick COMMAND`, whose looks at `what` are written when the block ends."""
    node = node or Node.existing(Settings())
    with noted(node, reader, command, what) as noting, node.reader.open() as snapshot:
        yield Reading(snapshot, noting)
