"""Carrying a prefix out: its records counted into the log, and written into a folder for the other log.

The folder holds `proof.tally`, a bundle of the entries by which the prefix left and was carried, and
`batch-N.json`, the records themselves; `codes` what belongs to batches of codes. Whatever was said in the log is
not said again, and every file is written anew from the log and its state: the command may be stopped anywhere and
run again.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from tallystick.app.bundles.make import make
from tallystick.app.files import write_file
from tallystick.app.prefixes import codes
from tallystick.app.prefixes.sending import Scribe
from tallystick.identity import (
    CarriedPrefix,
    CarriedRecord,
    CarryPrefix,
    TakenRecord,
    batch_part,
    minting,
    prefix_carriers,
    prefix_documents,
    prefix_templates_after,
    prefix_travel,
)
from tallystick.ledger import (
    Document,
    LogReader,
    Reader,
    Snapshot,
    TallystickError,
    View,
    auditor_reader,
    canonical,
)
from tallystick.ledger.bundle import Request

records_at_once = 200
#: Of the documents of a batch as they stand in its body, which has room for 1 MiB.
batch_bytes_max = 700_000
names_page = 500
proof_file = "proof.tally"
Tick = Callable[[int, int], None]
Named = prefix_travel.Named


class RecordTooLargeToMove(TallystickError):
    code = "prefix-record-too-large"
    status = 409
    title = "A record is too large to go along with its prefix"
    advice = "Remove values of it before the prefix leaves."


class NothingCarried(TallystickError):
    code = "prefix-not-leaving"
    status = 409
    title = "This prefix does not leave this log"
    advice = "Begin with `tallystick prefix leave`."


def batch_file(number: int) -> str:
    return f"batch-{number:06d}.json"


def carry(
    reader: LogReader, scribe: Scribe, prefix: str, tick: Tick, kept: minting.Folder | None = None
) -> None:
    """Count what is left to be counted into the log, and say that it is all.

    `kept`: where this node keeps the secrets of its batches, to which the log commits itself.
    """
    with reader.open() as snapshot:
        if "done" in _move(snapshot.view, prefix):
            return
        total = check_sizes(snapshot.view, prefix)
    while True:
        with reader.open() as snapshot:
            move = _move(snapshot.view, prefix)
            batch = _next_batch(snapshot.view, prefix, move)
            if not batch:
                stated = codes.stated(snapshot.view, kept, prefix) if kept else None
                break
        salt = secrets.token_bytes(32).hex()
        records = tuple(_carried(*one) for one in batch)
        body = CarryPrefix(prefix=prefix, number=move["number"], salt=salt, records=records)
        scribe.say("identity.prefix.carry/1", body)
        tick(move["count"] + len(records), total)
    told = CarriedPrefix(prefix=prefix, count=move["count"], chain=move["chain"], secrets=stated)
    scribe.say("identity.prefix.carried/1", told)


def write_folder(
    snapshot: Snapshot,
    prefix: str,
    folder: Path,
    tick: Tick,
    kept: minting.Folder | None = None,
    reader: Reader = auditor_reader,
) -> None:
    """Everything the other log needs, from what this one says. Raises `NothingCarried`."""
    view = snapshot.view
    move = _move(view, prefix)
    if "done" not in move:
        raise NothingCarried(f"{prefix}: not everything is carried yet")
    home: Any = view.get("prefix", prefix)
    requests = [Request.of("entry", index=i) for i in (home["home"]["index"], move["done"])]
    folder.mkdir(parents=True, exist_ok=True)
    write_file(folder / proof_file, make(snapshot, reader, requests))
    chain = prefix_travel.no_chain
    for number in range(move["number"]):
        row: Any = view.get("prefix-carry", prefix, batch_part(number))
        body = CarryPrefix.model_validate_json(snapshot.stored_body(row["index"]))
        told = {
            "before": chain,
            "prefix": prefix,
            "records": [_taken(view, prefix, one) for one in body.records],
            "salt": body.salt,
        }
        write_file(folder / batch_file(number), orjson.dumps(told))
        chain = prefix_travel.chained(chain, body.salt, [one.digest for one in body.records])
        tick(number + 1, move["number"])
    if kept is not None:
        genesis: Any = view.get("log", "genesis")
        along = codes.Move(prefix, genesis["origin"], move["origin"])
        codes.write(snapshot, kept, along, move.get("receiver"), folder)


def _move(view: View, prefix: str) -> Any:
    row: Any = view.get("prefix", prefix)
    move: Any = view.get("prefix-move", prefix)
    if row is None or "home" not in row or move is None:
        raise NothingCarried(prefix)
    return move


def check_sizes(view: View, prefix: str) -> int:
    """How many records would go along; raises `RecordTooLargeToMove`."""
    move: dict[str, Any] = {"last": [], "templates": []}
    count = 0
    while batch := _next_batch(view, prefix, move):
        move = {
            "last": list(batch[-1][:3]),
            "templates": prefix_templates_after(prefix, move, batch),
        }
        count += len(batch)
    return count


def _next_batch(view: View, prefix: str, move: Any) -> list[Named]:
    """What comes next, cut so that it fits one body; nothing at the end. Raises `RecordTooLargeToMove`."""
    batch: list[Named] = []
    size = 0
    for one in prefix_documents(view, prefix, move):
        own = len(canonical.encode(one[3]))
        if own > batch_bytes_max:
            raise RecordTooLargeToMove(f"{one[1]}: {own} bytes")
        if batch and (len(batch) >= records_at_once or size + own > batch_bytes_max):
            break
        batch.append(one)
        size += own
    return batch


def _carried(kind: str, name: str, part: str, document: Document) -> CarriedRecord:
    digest = prefix_travel.digest(kind, name, part, document)
    return CarriedRecord(kind=kind, name=name, part=part or None, digest=digest)


def _taken(view: View, prefix: str, one: CarriedRecord) -> dict[str, Any]:
    part = one.part or ""
    found = view.get(one.kind, one.name, part) or {}
    told = prefix_carriers[one.kind].told(view, prefix, one.name, part, found)
    text = canonical.encode(told).decode()
    record = TakenRecord(kind=one.kind, name=one.name, part=one.part, document=text)
    return record.model_dump(mode="json", exclude_none=True)
