"""Handle records: created under a template, taken in from a batch file, given out as lines of JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from bench.context import Bench
from bench.log import BenchLog, accepted, bench_log
from bench.measure import Result, Row, in_turn, median_rate, size_name
from bench.pens import core, prefix

from tallystick.app.exchange.taking_in import TakingIn
from tallystick.identity import CreateHandles, HandleRecord, HandleValue
from tallystick.identity.exchange import (
    Source,
    exported,
    form_of,
    record_line,
    source_of,
    table_of,
)
from tallystick.identity.templates import PublishTemplate, TemplateField
from tallystick.ledger import InvariantError, Reader, Submission

template = f"{prefix}/META_BENCH"
handles_per_entry = 100
rows_at_once = 1000


def rows(bench: Bench) -> Iterator[Result]:
    with bench.sqlite() as url, bench_log(url, bench.new_folder(), bench.new_pens()) as log:
        yield _created(bench, log)
        yield _given_out(bench, log)
        yield _taken_in(bench, log)


def _created(bench: Bench, log: BenchLog) -> Row:
    """Signed before; judged, laid down and committed in turn."""
    body = PublishTemplate(template=template, version=1, name={"en": "Bench"}, fields=_fields())
    log.append([[log.pens.write(core, "identity.template/1", body)]])
    count = bench.scale.sizes[0] // handles_per_entry
    entries = {
        named: [
            [_create(log, f"{named}-{turn}-{n}", named) for n in range(count)]
            for turn in range(bench.scale.rounds)
        ]
        for named in ("ruled", "plain")
    }
    spent = in_turn(
        bench.scale.rounds,
        ours=partial(_append, log, iter(entries["ruled"])),
        bare=partial(_append, log, iter(entries["plain"])),
    )
    return Row(
        "record created under a template of 6 fields",
        median_rate(spent["ours"]),
        median_rate(spent["bare"]),
        "handles/s",
        "the same records without a template",
    )


def _append(log: BenchLog, turns: Iterator[list[Submission]]) -> int:
    entries = next(turns)
    accepted(log.ledger.append(entries))
    return len(entries) * handles_per_entry


def _create(log: BenchLog, name: str, kind: str) -> Submission:
    reference = f"1:{template}" if kind == "ruled" else None
    made = tuple(
        HandleRecord(handle=f"{prefix}/R-{name}-{n}", values=_values(n), template=reference)
        for n in range(handles_per_entry)
    )
    return log.pens.write(core, "identity.handle.create/1", CreateHandles(handles=made))


def _given_out(bench: Bench, log: BenchLog) -> Row:
    growth: dict[str, float] = {}
    bare = 0.0
    for size in (size for size in bench.scale.sizes if size <= 10**5):
        with log.reader.open() as snapshot:
            held = snapshot.view.count("handle-by-prefix", prefix)
        _fill(log, max(0, size - held))
        spent = in_turn(bench.scale.rounds, ours=partial(_export, log), bare=partial(_select, log))
        growth[size_name(size)] = median_rate(spent["ours"])
        bare = bare or median_rate(spent["bare"])
    return Row(
        "records of a prefix as lines of JSON, cut for a reader",
        next(iter(growth.values())),
        bare,
        "records/s",
        "one SELECT of the same documents, each parsed and written as JSON",
        growth,
    )


def _fill(log: BenchLog, count: int) -> None:
    entries = [
        _create(log, f"fill-{log.size()}-{n}", "ruled")
        for n in range(-(-count // handles_per_entry))
    ]
    for start in range(0, len(entries), 50):
        log.append([entries[start : start + 50]])


def _export(log: BenchLog) -> int:
    with log.reader.open() as snapshot:
        found = exported(snapshot.view, Reader.party(core), prefix)
        return sum(1 for one in found if record_line(one.record, one.values))


def _select(log: BenchLog) -> int:
    with log.store.read() as transaction:
        found = transaction.connection.exec_driver_sql(
            "SELECT value FROM document WHERE kind = 'handle' AND name LIKE ? ORDER BY name",
            (f"{prefix}/%",),
        )
        return sum(1 for (value,) in found if json.dumps(json.loads(value)))


def _taken_in(bench: Bench, log: BenchLog) -> Row:
    count = bench.scale.sizes[0]
    folder = bench.new_folder()
    turns = iter([_batch(folder, turn, count) for turn in range(bench.scale.rounds)])
    again = iter([_batch(folder, turn, count) for turn in range(bench.scale.rounds)])
    spent = in_turn(
        bench.scale.rounds,
        ours=lambda: _import(log, next(turns), count),
        bare=lambda: _insert(bench, next(again)),
    )
    return Row(
        "batch file taken in: parsed, signed, judged, durable",
        median_rate(spent["ours"]),
        median_rate(spent["bare"]),
        "handles/s",
        "the same file parsed and inserted into an SQL table `handles` (SQLite)",
    )


def _batch(folder: Path, turn: int, count: int) -> Source:
    path = folder / f"{turn}"
    lines = (
        f"CREATE {prefix}/B-{turn}-{n}\n1 URL 86400 1110 UTF8 https://example.com/{n}\n"
        f"2 NAME 86400 1110 UTF8 pack {n}\n\n"
        for n in range(count)
    )
    path.write_text("".join(lines))
    return source_of(str(path), form_of(str(path)))


def _import(log: BenchLog, source: Source, count: int) -> int:
    taking = TakingIn(
        log.ledger, log.reader, log.pens.author(core), "retired", lambda _n, _of: None, count
    )
    done = taking.run(source).done
    if done != count:
        raise InvariantError(f"{done} of {count}")
    return done


def _insert(bench: Bench, source: Source) -> int:
    found = 0

    def batches() -> Iterator[list[dict[str, object]]]:
        nonlocal found
        held: list[dict[str, object]] = []
        for item in source():
            found += 1
            held += [
                {
                    "handle": item.handle, "idx": value.index, "type": value.type,
                    "data": value.data.encode(), "ttl_type": 0, "ttl": value.ttl, "timestamp": 0,
                    "refs": "", "admin_read": True, "admin_write": True, "pub_read": True,
                    "pub_write": False,
                }
                for value in getattr(item, "values", ())
            ]  # fmt: skip
            if len(held) >= rows_at_once:
                yield held
                held = []
        yield held

    with closing(table_of(f"sqlite:///{bench.new_folder() / 'handles.sqlite'}")) as table:
        table.write(batches())
    return found


def _fields() -> tuple[TemplateField, ...]:
    told: tuple[dict[str, Any], ...] = (
        {"type": "MODEL", "data": "text", "pattern": "[A-Z]{2}-[0-9]{1,6}", "required": True},
        {"type": "MADE", "data": "date", "required": True},
        {"type": "MASS", "data": "decimal", "scale": 1, "unit": "KGM"},
        {"type": "PAGE", "data": "url"},
        {"type": "CELLS", "data": "integer", "minimum": "1"},
        {"type": "PRICE", "data": "integer", "grade": "owner"},
    )
    return tuple(
        TemplateField.model_validate(
            {"index": index, "name": {"en": field["type"]}, **field}, strict=False
        )
        for index, field in enumerate(told, 1)
    )


def _values(n: int) -> tuple[HandleValue, ...]:
    said = (f"BP-{n}", "2026-07-01", "412.5 KGM", f"https://example.com/{n}", "96", f"{n}")
    return tuple(
        HandleValue(index=field.index, type=field.type, data=data)
        for field, data in zip(_fields_once, said, strict=True)
    )


_fields_once = _fields()
