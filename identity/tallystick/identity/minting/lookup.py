"""Finding a code that was issued and not yet seen, at the node that has its secret.

Not found is the very answer of any unknown code: whether the batch exists, and how much of it was used, is not
told by guessing.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import structlog

from tallystick.identity.digital_link.link import DigitalLink
from tallystick.identity.minting import batches, gs1, proofs, serials
from tallystick.identity.minting.batches import Batch
from tallystick.identity.minting.folder import BatchKeyMissing, Folder
from tallystick.identity.minting.leaves import Leaves, LeavesDamaged
from tallystick.identity.minting.proofs import Proof
from tallystick.identity.views import Record, Value, stored_value
from tallystick.ledger import Reader, View

open_batches_max = 256
issued_type = "TALLYSTICK.ISSUED"
issued_index = 900
issued_state = "issued, not yet seen"
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Issued:
    """A code of a batch, spelled as it was issued, with its proof."""

    handle: str
    batch: Batch
    proof: Proof


class IssuedCodes:
    """The codes of all batches whose secrets and leaves are in the node's folder."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._open: OrderedDict[str, tuple[bytes, Leaves]] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, view: View, handle: str, at: int | None = None) -> Issued | None:
        """The code as it was issued, seen or not since; `at`: by then."""
        serial = serials.read(handle)
        if serial is None:
            return None
        batch = batches.find(view, serial.prefix, serial.batch)
        if batch is None or (at is not None and batch.row["since"] > at):
            return None
        with self._lock:
            opened = self._opened(batch)
            if opened is None:
                return None
            key, leaves = opened
            salt = proofs.salt_of(key, serial.handle)
            position = leaves.find(proofs.leaf_of(salt, serial.handle))
            if position is None:
                return None
            return Issued(serial.handle, batch, Proof(salt, position, leaves.path_of(position)))

    def entry_elsewhere(self, found: Issued) -> bytes | None:
        """The entry by which another log issued the batch, as it came along; None if this one did."""
        row = found.batch.row
        if "from" not in row:
            return None
        try:
            return self._folder.entry_path(row["prefix"], row["batch"]).read_bytes()
        except FileNotFoundError:
            raise BatchKeyMissing(f"the entry that issued {found.batch.name}") from None

    def record(self, view: View, handle: str, at: int | None = None) -> Record | None:
        """The record of a code that was not seen yet: its batch's values, and its state with the proof."""
        found = self.find(view, handle, at)
        if found is None:
            return None
        row, voided = found.batch.row, found.batch.void_of(found.proof.position)
        if voided is not None and (at is None or voided["since"] <= at):
            deleted = {"reason": voided["reason"], "time": voided["time"]}
            return Record(found.handle, found.batch.owner, (), voided["since"], deleted)
        values = [stored_value(value) for value in gs1.filled(row["values"], found.handle)]
        taken = {value.index for value in values}
        index = next(one for one in range(issued_index, 2**31) if one not in taken)
        values.append(Value(index, issued_type, "json", _told(found)))
        ordered = sorted(values, key=lambda value: value.index)
        return Record(found.handle, found.batch.owner, tuple(ordered), row["since"])

    def named(
        self, view: View, _reader: Reader, link: DigitalLink, _at: int | None, /
    ) -> str | None:
        """The code that a Digital Link names, for its resolver. What it said as of an entry is found by `resolve`."""
        return gs1.by_link(view, self, link)

    def _opened(self, batch: Batch) -> tuple[bytes, Leaves] | None:
        """Secret and leaves; None if this node did not issue the batch. Damage is told in the node's log."""
        opened = self._open.get(batch.name)
        if opened is None:
            try:
                key = self._folder.key(batch.row["prefix"], batch.row["batch"])
                leaves = self._folder.leaves(batch.row["prefix"], batch.row["batch"])
            except (BatchKeyMissing, FileNotFoundError):
                return None
            except LeavesDamaged as error:
                _log.error("leaves-damaged", batch=batch.name, detail=error.detail)
                return None
            if leaves.count != batch.count or leaves.root() != batch.root:
                leaves.close()
                _log.error("leaves-of-another-batch", batch=batch.name)
                return None
            opened = self._open[batch.name] = (key, leaves)
            if len(self._open) > open_batches_max:
                _, (_, oldest) = self._open.popitem(last=False)
                oldest.close()
        self._open.move_to_end(batch.name)
        return opened


def _told(found: Issued) -> dict[str, Any]:
    """State and proof, as `identity.seen/1` will say them."""
    return {
        "state": issued_state,
        "batch": found.batch.row["batch"],
        "salt": found.proof.salt.hex(),
        "position": found.proof.position,
        "path": [one.hex() for one in found.proof.path],
    }
