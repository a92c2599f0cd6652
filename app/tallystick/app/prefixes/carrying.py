"""Carrying a prefix out: its records counted into the log, and written into a folder for the other log.

The folder holds `proof.tally`, a bundle of the entries by which the prefix left and was carried, and
`batch-N.json`, the records themselves. Whatever was said in the log is not said again, and every file is written
anew from the log and its state: the command may be stopped anywhere and run again.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson

from tallystick.app.bundles.make import make
from tallystick.app.files import write_file
from tallystick.app.prefixes.sending import Scribe
from tallystick.identity import (
    CarriedPrefix,
    CarriedRecord,
    CarryPrefix,
    TakenRecord,
    batch_part,
    prefix_travel,
)
from tallystick.ledger import LogReader, Snapshot, TallystickError, View, auditor_reader, canonical
from tallystick.ledger.bundle import Request

records_at_once = 200
#: Of the documents of a batch as they stand in its body, which has room for 1 MiB.
batch_bytes_max = 700_000
names_page = 500
proof_file = "proof.tally"
Tick = Callable[[int, int], None]


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


def carry(reader: LogReader, scribe: Scribe, prefix: str, tick: Tick) -> None:
    """Count what is left to be counted into the log, and say that it is all."""
    with reader.open() as snapshot:
        move = _move(snapshot.view, prefix)
        todo = [] if "done" in move else list(_batches(snapshot.view, prefix, list(move["last"])))
    if "done" in move:
        return
    number, count, chain = move["number"], move["count"], move["chain"]
    total = count + sum(len(batch) for batch in todo)
    for batch in todo:
        salt = secrets.token_bytes(32).hex()
        records = tuple(_carried(*one) for one in batch)
        body = CarryPrefix(prefix=prefix, number=number, salt=salt, records=records)
        scribe.say("identity.prefix.carry/1", body)
        chain = prefix_travel.chained(chain, salt, [one.digest for one in records])
        number, count = number + 1, count + len(records)
        tick(count, total)
    scribe.say("identity.prefix.carried/1", CarriedPrefix(prefix=prefix, count=count, chain=chain))


def write_folder(snapshot: Snapshot, prefix: str, folder: Path, tick: Tick) -> None:
    """Everything the other log needs, from what this one says. Raises `NothingCarried`."""
    view = snapshot.view
    move = _move(view, prefix)
    if "done" not in move:
        raise NothingCarried(f"{prefix}: not everything is carried yet")
    home: Any = view.get("prefix", prefix)
    requests = [Request.of("entry", index=i) for i in (home["home"]["index"], move["done"])]
    folder.mkdir(parents=True, exist_ok=True)
    write_file(folder / proof_file, make(snapshot, auditor_reader, requests))
    chain = prefix_travel.no_chain
    for number in range(move["number"]):
        row: Any = view.get("prefix-carry", prefix, batch_part(number))
        body = CarryPrefix.model_validate_json(snapshot.stored_body(row["index"]))
        told = {
            "before": chain,
            "prefix": prefix,
            "records": [_taken(view, one) for one in body.records],
            "salt": body.salt,
        }
        write_file(folder / batch_file(number), orjson.dumps(told))
        chain = prefix_travel.chained(chain, body.salt, [one.digest for one in body.records])
        tick(number + 1, move["number"])


def _move(view: View, prefix: str) -> Any:
    row: Any = view.get("prefix", prefix)
    move: Any = view.get("prefix-move", prefix)
    if row is None or "home" not in row or move is None:
        raise NothingCarried(prefix)
    return move


def check_sizes(view: View, prefix: str) -> int:
    """How many records would go along; raises `RecordTooLargeToMove`."""
    return sum(len(batch) for batch in _batches(view, prefix, []))


Named = tuple[str, str, str, str]


def _batches(view: View, prefix: str, last: list[str]) -> Iterator[Sequence[Named]]:
    """What is still to be carried, cut so that every batch fits one body."""
    batch: list[Named] = []
    size = 0
    for one in _records(view, prefix, last):
        own = len(canonical.encode(one[3]))
        if own > batch_bytes_max:
            raise RecordTooLargeToMove(f"{one[1]}: {own} bytes")
        grown = size + own
        if batch and (len(batch) >= records_at_once or grown > batch_bytes_max):
            yield batch
            batch, grown = [], own
        batch.append(one)
        size = grown
    if batch:
        yield batch


def _records(view: View, prefix: str, last: list[str]) -> Iterator[Named]:
    """(kind, name, part, document as text) behind `last`, in the order in which records are carried."""
    for kind in sorted(prefix_travel.carriers):
        carrier = prefix_travel.carriers[kind]
        after = last[1] if last and last[0] == kind else prefix + carrier.separator
        if last and kind < last[0]:
            continue
        if last and last[0] == kind:
            yield from _group(view, kind, last[1], last[2])
        while names := view.names(kind, after=after, limit=names_page):
            for name in names:
                if not carrier.under(prefix, name):
                    break
                yield from _group(view, kind, name)
            else:
                after = names[-1]
                continue
            break


def _group(view: View, kind: str, name: str, behind: str | None = None) -> Iterator[Named]:
    for part, document in view.group(kind, name).items():
        if behind is None or part > behind:
            told = prefix_travel.carriers[kind].told(document)
            yield kind, name, part, canonical.encode(told).decode()


def _carried(kind: str, name: str, part: str, text: str) -> CarriedRecord:
    document = prefix_travel.document_of(text)
    digest = prefix_travel.digest(kind, name, part, document)
    return CarriedRecord(kind=kind, name=name, part=part or None, digest=digest)


def _taken(view: View, one: CarriedRecord) -> dict[str, Any]:
    document = view.get(one.kind, one.name, one.part or "")
    told = prefix_travel.carriers[one.kind].told(document or {})
    text = canonical.encode(told).decode()
    record = TakenRecord(kind=one.kind, name=one.name, part=one.part, document=text)
    return record.model_dump(mode="json", exclude_none=True)
