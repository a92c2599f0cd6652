"""Taking a prefix in: its proof checked against the pinned key, said in the log, then filled batch by batch."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tallystick.app.bundles.facts import Facts
from tallystick.app.bundles.verify import forms
from tallystick.app.files import read_bytes
from tallystick.app.prefixes.carrying import Tick, batch_file, proof_file
from tallystick.app.prefixes.sending import Scribe
from tallystick.identity import ArrivePrefix, CarriedPrefix, LeavePrefix, Proven, TakeRecords
from tallystick.identity import prefix_travel as travel
from tallystick.ledger import LogReader, ProofFile, TallystickError, Verifier
from tallystick.ledger.bundle import (
    Bundle,
    HeldEntry,
    Pins,
    bundle_bytes_max,
    layout,
    open_bundle,
    unpack,
)

leave_type, carried_type = "identity.prefix.leave/1", "identity.prefix.carried/1"
batches_max = 10_000_000


class FolderRefused(TallystickError):
    code = "prefix-folder-refused"
    status = 400
    title = "The folder does not hold what was carried of this prefix"
    advice = "Have `tallystick prefix carry` write it again, and take the whole folder."


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who will hold the prefix here, by which lease, and the key by which the other log is trusted."""

    holder: str
    role: str
    log_key: str
    address: str
    quota: int | None = None
    expires: str | None = None


def arrive(
    reader: LogReader, scribe: Scribe, prefix: str, folder: Path, wanted: Wanted, tick: Tick
) -> None:
    """Say what is not said yet. Every step is judged by the log; a second run goes on where the first stopped."""
    data = read_bytes(folder / proof_file, bundle_bytes_max)
    bundle = open_bundle(data, Pins(log_keys=(Verifier.parse(wanted.log_key),)), forms)
    body = _body(bundle, unpack(data), prefix, wanted)
    leave = body.leave.index
    with reader.open() as snapshot:
        row: Any = snapshot.view.get("prefix", prefix)
    came = row is not None and row.get("from", {}).get("origin") == bundle.checkpoint.origin
    if not (came and row["from"]["index"] == leave and "home" not in row):
        scribe.say("identity.prefix.arrive/1", body)
    carried = CarriedPrefix.model_validate_json(body.carried.body)
    _take(reader, scribe, prefix, folder, lambda left: tick(carried.count - left, carried.count))


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


def _body(bundle: Bundle, files: dict[str, bytes], prefix: str, wanted: Wanted) -> ArrivePrefix:
    # Who signed the two entries, by the keys that the other log registered, is verified with it.
    facts = Facts(bundle)
    found: dict[str, HeldEntry] = {}
    for held in facts.shown():
        for entry_type, model in ((leave_type, LeavePrefix), (carried_type, CarriedPrefix)):
            body = facts.body(held, entry_type, model)
            if isinstance(body, LeavePrefix | CarriedPrefix) and body.prefix == prefix:
                found[entry_type] = held
    if len(found) != 2:
        raise FolderRefused(f"{proof_file} is not about {prefix}")
    try:
        return ArrivePrefix(
            prefix=prefix,
            holder=wanted.holder,
            role=wanted.role,  # type: ignore[arg-type]
            log_key=wanted.log_key,
            address=wanted.address,
            checkpoint=files[layout.checkpoint_file].decode(),
            leave=_proven(files, found[leave_type]),
            carried=_proven(files, found[carried_type]),
            quota=wanted.quota,
            expires=wanted.expires,
        )
    except ValidationError as error:
        wrong = error.errors()[0]
        raise FolderRefused(f"{'/'.join(map(str, wrong['loc']))}: {wrong['msg']}") from None


def _proven(files: dict[str, bytes], held: HeldEntry) -> Proven:
    proof = ProofFile.parse(files[layout.proof_file(held.index)].decode())
    return Proven(
        index=held.index,
        envelope=base64.b64encode(held.leaf).decode(),
        body=(held.body or b"").decode(),
        salt=(held.salt or b"").hex(),
        path=tuple(node.hex() for node in proof.path),
    )
