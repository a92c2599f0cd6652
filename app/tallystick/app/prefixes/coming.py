"""Taking a prefix in: its proof checked against the pinned key, said in the log, then filled batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tallystick.app.bundles.verify import forms
from tallystick.app.files import read_bytes
from tallystick.app.prefixes import codes, proving
from tallystick.app.prefixes.carrying import Tick, batch_file, proof_file
from tallystick.app.prefixes.proving import FolderRefused, Wanted
from tallystick.app.prefixes.sealing import Receiving
from tallystick.app.prefixes.sending import Scribe
from tallystick.identity import CarriedPrefix, SweepPrefix, TakeRecords, minting
from tallystick.identity import prefix_travel as travel
from tallystick.ledger import LogReader, Verifier
from tallystick.ledger.bundle import Pins, bundle_bytes_max, open_bundle, unpack

batches_max = 10_000_000


def arrive(
    reader: LogReader,
    scribe: Scribe,
    prefix: str,
    folder: Path,
    wanted: Wanted,
    tick: Tick,
    home: Path | None = None,
) -> None:
    """Say what is not said yet. Every step is judged by the log; a second run goes on where the first stopped.

    `home`: of this node, which then keeps what came along of batches.
    """
    data = read_bytes(folder / proof_file, bundle_bytes_max)
    bundle = open_bundle(data, Pins(log_keys=(Verifier.parse(wanted.log_key),)), forms)
    body = proving.arriving(bundle, unpack(data), prefix, wanted)
    leave = body.leave.index
    carried = CarriedPrefix.model_validate_json(body.carried.body)
    with reader.open() as snapshot:
        row: Any = snapshot.view.get("prefix", prefix)
        genesis: Any = snapshot.view.get("log", "genesis")
    came: Sequence[codes.Came] = ()
    if home is not None:
        move = codes.Move(prefix, bundle.checkpoint.origin, genesis["origin"])
        came = codes.came_along(folder, move, carried.secrets, home)
    if not _came(row, bundle.checkpoint.origin, leave):
        scribe.say("identity.prefix.arrive/1", body)
    _take(reader, scribe, prefix, folder, lambda left: tick(carried.count - left, carried.count))
    _sweep(reader, scribe, prefix)
    if home is not None:
        with reader.open() as snapshot:
            codes.keep(snapshot.view, minting.Folder(home), prefix, came)
        Receiving(home, prefix).forget()


def _came(row: Any, origin: str, leave: int) -> bool:
    """Whether it is said already that the prefix is here by this very entry of the other log."""
    if row is None or "home" in row or "from" not in row:
        return False
    return bool(row["from"]["origin"] == origin and row["from"]["index"] == leave)


def _take(
    reader: LogReader, scribe: Scribe, prefix: str, folder: Path, told: Callable[[int], None]
) -> None:
    with reader.open() as snapshot:
        move: Any = snapshot.view.get("prefix-move", prefix)
        row: Any = snapshot.view.get("prefix", prefix)
    if row is None or "arriving" not in row:
        return
    chain, left = move["chain"], move["left"]
    number = _batches_in(folder)
    while left > 0 and number > 0:
        number -= 1
        batch = read_batch(folder / batch_file(number))
        if _after(batch) != chain:
            continue
        scribe.say("identity.prefix.take/1", batch)
        chain, left = batch.before, left - len(batch.records)
        told(left)
    if left:
        raise FolderRefused(f"{folder}: no batch leads to the chain {chain}")


def _sweep(reader: LogReader, scribe: Scribe, prefix: str) -> None:
    """Of a prefix that was here before: what ended while it was away."""
    while True:
        with reader.open() as snapshot:
            move: Any = snapshot.view.get("prefix-move", prefix)
            row: Any = snapshot.view.get("prefix", prefix)
        if "arriving" not in row or "swept" not in move:
            return
        scribe.say("identity.prefix.sweep/1", SweepPrefix(prefix=prefix))


def _after(batch: TakeRecords) -> str:
    """The chain after a batch."""
    digests = [
        travel.digest(one.kind, one.name, one.part or "", travel.document_of(one.document))
        for one in batch.records
    ]
    return travel.chained(batch.before, batch.salt, digests)


def read_batch(path: Path) -> TakeRecords:
    """Raises `FolderRefused`."""
    try:
        return TakeRecords.model_validate_json(read_bytes(path))
    except ValidationError as error:
        raise FolderRefused(f"{path.name}: {error.errors()[0]['msg']}") from None


def _batches_in(folder: Path) -> int:
    number = 0
    while number < batches_max and (folder / batch_file(number)).is_file():
        number += 1
    return number
