"""Minting: rows in bulk, batches of codes, and codes that are seen for the first time."""

from __future__ import annotations

import hashlib
import hmac
import random
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson
from bench import pens as cast
from bench.context import Bench
from bench.log import BenchLog, accepted, batches, bench_log
from bench.measure import Result, Row, in_turn, median_rate, size_name, spend

from tallystick.identity import Said, minting
from tallystick.ledger import Answer, InvariantError, LogReader, View

bulk_rows = 10_000
prefix = cast.prefix


@dataclass
class BenchPen:
    """Signs for the firm of the bench."""

    log: BenchLog
    author: str = cast.core
    organisation: str = cast.core

    def write(self, said: Sequence[Said]) -> list[Answer]:
        author = self.log.pens.author(self.author)
        return self.log.append(
            [[author.write(one.type, one.body, entry_id=one.id) for one in said]]
        )


@dataclass
class Desk:
    """A log with a folder for its batches."""

    log: BenchLog
    home: Path

    @property
    def pen(self) -> BenchPen:
        return BenchPen(self.log)

    @contextmanager
    def look(self) -> Iterator[View]:
        with LogReader(self.log.store, self.log.rules).open() as snapshot:
            yield snapshot.view

    def issue(self, count: int, number: int, processes: int) -> minting.Issue:
        issuer = minting.Issuer(minting.Folder(self.home), self.pen, minting.BookOfState(self.look))
        labels = self.home / f"labels-{number}.ndjson"
        return issuer.issue(minting.NewBatch(prefix, count, labels, processes=processes))


def rows(bench: Bench) -> Iterator[Result]:
    with bench.sqlite() as url, bench_log(url, bench.new_folder(), bench.new_pens()) as log:
        desk = Desk(log, bench.new_folder())
        yield _bulk(bench, desk)
        issue, row = _issued(bench, desk)
        yield row
        yield _seen(bench, desk, issue)


def _bulk(bench: Bench, desk: Desk) -> Row:
    """Handles by the call, each row with its answer, against one bare insert of the same rows."""
    quick = len(bench.scale.sizes) == 1 and bench.scale.sizes[0] < bulk_rows
    count, calls = (1_000 if quick else bulk_rows), [0]
    connection = sqlite3.connect(bench.new_folder() / "bare.sqlite3", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE handle (name TEXT PRIMARY KEY, data TEXT)")

    def lines() -> list[bytes]:
        calls[0] += 1
        return [
            orjson.dumps(
                {"key": f"{calls[0]}-{n}", "handle": f"{prefix}/BULK-{calls[0]}-{n}",
                 "values": [{"index": 1, "type": "NAME", "data": "电池包"}]}
            )
            for n in range(count)
        ]  # fmt: skip

    def ours() -> int:
        told, bulk, given = 0, minting.Bulk(desk.pen, desk.look, bytes(32)), lines()
        for start in range(0, count, minting.rows_per_write_max):
            found = bulk.take(given[start : start + minting.rows_per_write_max])
            told += sum(one["outcome"] == "registered" for one in found)
        return told

    def bare() -> int:
        given = [orjson.loads(line) for line in lines()]
        connection.execute("BEGIN")
        connection.executemany(
            "INSERT INTO handle VALUES (?, ?)",
            [(one["handle"], orjson.dumps(one["values"]).decode()) for one in given],
        )
        connection.execute("COMMIT")
        return count

    with closing(connection):
        spent = in_turn(bench.scale.rounds, ours=ours, bare=bare)
    return Row(
        f"bulk minting, {count:,} rows a call",
        median_rate(spent["ours"]),
        median_rate(spent["bare"]),
        "handles/s",
        "one bare INSERT of the same rows into SQLite, one durable commit",
    )


def _issued(bench: Bench, desk: Desk) -> tuple[minting.Issue, Row]:
    """A million codes by one entry; the reference hashes as often and does nothing else."""
    count = 10**4 if bench.scale.few <= 10 else 10**6
    processes = minting.processes_sensible()
    issues: list[minting.Issue] = []

    def ours() -> int:
        issues.append(desk.issue(count, len(issues), processes))
        return count

    spent, bare = spend(ours), spend(lambda: _hashes(count))
    found = issues[0]
    with LogReader(desk.log.store, desk.log.rules).open() as snapshot:
        size = len(snapshot.row(found.index).leaf) + len(snapshot.stored_body(found.index))
    kept = minting.Folder(desk.home).leaves_path(prefix, found.batch).stat().st_size
    row = Row(
        f"batch issue of {size_name(count)} codes",
        spent.rate,
        bare.rate,
        "codes/s",
        "one HMAC and two SHA-256 for each, on one core",
        details={"seconds": round(spent.wall_s, 2), "bytes in the log": size,
                 "bytes of leaves": kept, "processes": processes},
    )  # fmt: skip
    return found, row


def _hashes(count: int) -> int:
    key, handle = bytes(32), f"{prefix}/0001ABCDEFGHJKMNPQRS".encode()
    for _ in range(count):
        salt = hmac.digest(key, handle, "sha256")
        hashlib.sha256(salt + hashlib.sha256(salt).digest()).digest()
    return count


def _seen(bench: Bench, desk: Desk, issue: minting.Issue) -> Row:
    """Codes looked up, proven, and taken in as records; the reference registers as many handles singly."""
    count = bench.scale.batch_entries
    told = [orjson.loads(line)["handle"] for line in issue.labels.open("rb")]
    random.Random(1).shuffle(told)
    codes, author = minting.IssuedCodes(minting.Folder(desk.home)), desk.log.pens.author(cast.core)
    place = [0]

    def find() -> list[minting.Seen]:
        chosen = told[place[0] : place[0] + count]
        place[0] += count
        with desk.look() as view:
            return [_body(codes, view, handle) for handle in chosen]

    def ours() -> int:
        entries = [author.write(minting.seen_type, body) for body in find()]
        accepted(desk.log.append(batches(entries, bench.scale.batch_entries)))
        return count

    def bare() -> int:
        entries = desk.log.mint(count)
        accepted(desk.log.append(batches(entries, bench.scale.batch_entries)))
        return count

    spent = in_turn(bench.scale.rounds, ours=ours, bare=bare, found=lambda: len(find()))
    return Row(
        "codes seen: found, proven and made records",
        median_rate(spent["ours"]),
        median_rate(spent["bare"]),
        "codes/s",
        "entries that register one handle each, in the same log",
        details={"lookups with path/s": round(median_rate(spent["found"]))},
    )


def _body(codes: minting.IssuedCodes, view: View, handle: str) -> minting.Seen:
    found = codes.find(view, handle)
    if found is None:
        raise InvariantError(handle)
    return minting.Seen(
        handle=found.handle,
        batch=found.batch.row["batch"],
        salt=found.proof.salt.hex(),
        position=found.proof.position,
        path=tuple(one.hex() for one in found.proof.path),
    )
