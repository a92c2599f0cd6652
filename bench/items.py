"""The data of an item's page: what it is, its journey, its materials, on a store with many other items.

The store is filled by the real rules, without signatures: units of one story, in which lots become
modules, modules are packed, shipped, received, unpacked and built into a pack, which is then looked up.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from functools import partial

from bench.context import Bench
from bench.log import BenchLog, bench_log
from bench.measure import Result, Row, in_turn, median_ms, size_name
from bench.pens import core, gate, prefix, scanners, started

from tallystick import trace
from tallystick.ledger import Act, AttachmentRef, Change, InvariantError, MemoryState, Signer, View
from tallystick.ledger.store import StateCache, StoredState
from tallystick.trace import Capture, EventSummary, Quantity

modules_per_unit = 8
readings_per_unit = 6
#: 3 lots made, modules made, packed, readings of the box, shipped, received, unpacked, pack made.
events_per_unit = 9 + readings_per_unit
units_per_write = 500
journey_steps_min = 4


def rows(bench: Bench) -> Iterator[Result]:
    growth, bare = {}, 0.0
    sizes = [size for size in bench.scale.sizes if size <= 10**5]
    with bench.sqlite() as url, bench_log(url, bench.new_folder(), bench.new_pens()) as log:
        filling = _Filling(log)
        for size in sizes:
            filling.fill(size // events_per_unit)
            spent = in_turn(
                bench.scale.rounds,
                ours=partial(_pages, log, filling.units, bench.scale.few),
                bare=partial(_selects, log, filling.units, bench.scale.few),
            )
            growth[size_name(size)] = median_ms(spent["ours"])
            bare = bare or median_ms(spent["bare"])
    yield Row(
        "data of an item's page: state, journey, materials",
        next(iter(growth.values())),
        bare,
        "ms",
        "one indexed SELECT of the item's own events",
        {f"{size} events": ms for size, ms in growth.items()},
    )


def _pages(log: BenchLog, units: int, count: int) -> int:
    for unit in random.Random(units).choices(range(units), k=count):
        _page(log, unit)
    return count


def _selects(log: BenchLog, units: int, count: int) -> int:
    for unit in random.Random(units).choices(range(units), k=count):
        _select(log, unit)
    return count


def _page(log: BenchLog, unit: int) -> None:
    """State and materials of a pack, and the journey of one of its modules."""
    pack, module = _pack(unit), _modules(unit)[0]
    with log.reader.open() as snapshot:
        view: View = snapshot.view
        trace.item(view, pack)
        if len(trace.journey(view, module).steps) < journey_steps_min:
            raise InvariantError(module)
        if trace.materials(view, pack).nodes < modules_per_unit:
            raise InvariantError(pack)


def _select(log: BenchLog, unit: int) -> None:
    with log.store.read() as transaction:
        transaction.connection.exec_driver_sql(
            "SELECT part, value FROM document WHERE kind = 'item-event' AND name = ?",
            (_modules(unit)[0],),
        ).all()


def _pack(unit: int) -> str:
    return f"{prefix}/PACK-{unit:06d}"


class _Filling:
    """Writes the documents of many units; the index goes on where the log ends."""

    def __init__(self, log: BenchLog) -> None:
        self._log = log
        self._base = log.size()
        self.units = 0
        self._known = MemoryState()
        with log.store.read() as transaction:
            state = StoredState(transaction, log.rules, StateCache())
            for kind, name in (("device", scanners[0]), ("organisation", core), ("prefix", prefix)):
                found = state.get(kind, name)
                if found is not None:
                    self._known.apply([Change(kind, name, found)])
            place = state.get("handle", gate)
            self._known.apply([Change("handle", gate, place)])

    def fill(self, units: int) -> None:
        while self.units < units:
            until = min(self.units + units_per_write, units)
            changes = [c for unit in range(self.units, until) for c in self._unit(unit)]
            with self._log.store.write() as transaction:
                stored = StoredState(transaction, self._log.rules, StateCache())
                stored.apply(changes)
                stored.flush()
            self.units = until

    def _unit(self, unit: int) -> list[Change]:
        """The effects of one unit's captures, judged on a state that holds this unit alone."""
        state, changes = _copy(self._known), []
        names = _names(unit)
        handles = [
            Change("handle", name, {"handle": name, "owner": core, "values": []}) for name in names
        ]
        state.apply(handles)
        for number, event in enumerate(_story(unit)):
            effects = self._log.rules.judge(
                state, self._act(unit * events_per_unit + number, event)
            )
            state.apply(effects)
            changes += effects
        return [*handles, *changes]

    def _act(self, number: int, event: EventSummary) -> Act[Capture]:
        device = scanners[0]
        document = AttachmentRef(hash=event.digest, type="application/ld+json", size=1)
        return Act(
            index=self._base + number,
            type="trace.capture/1",
            author=device,
            id=f"{number}",
            payload_hash=event.digest,
            time=started,
            body=Capture(events=(event,), document=document),
            signers=(Signer(f"300:{device}", device, "self", ""),),
        )


def _copy(state: MemoryState) -> MemoryState:
    fresh = MemoryState()
    fresh.apply(Change(kind, name, value, part) for (kind, name, part), value in state.documents())
    return fresh


def _lots(unit: int) -> list[str]:
    return [f"{prefix}/LOT-{material}-{unit:06d}" for material in ("A", "K", "S")]


def _modules(unit: int) -> list[str]:
    return [f"{prefix}/MOD-{unit:06d}-{n}" for n in range(modules_per_unit)]


def _box(unit: int) -> str:
    return f"{prefix}/BOX-{unit:06d}"


def _names(unit: int) -> list[str]:
    return [*_lots(unit), *_modules(unit), _box(unit), _pack(unit)]


def _story(unit: int) -> Iterator[EventSummary]:
    modules, box = tuple(_modules(unit)), _box(unit)
    lots = tuple(Quantity(lot=lot, quantity=100) for lot in _lots(unit))
    for lot in lots:
        yield _event(f"{lot.lot} made", "commissioning", action="ADD", lots=(lot,))
    made = f"modules of {unit}"
    yield _event(made, "commissioning", "TransformationEvent", input_lots=lots, outputs=modules)
    yield _event(f"{box} made", "commissioning", action="ADD", items=(box,))
    packed = {"parent": box, "items": modules}
    yield _event(f"{box} packed", "packing", "AggregationEvent", action="ADD", **packed)
    for n in range(readings_per_unit):
        yield _event(f"{box} {n}", "sensor_reporting", action="OBSERVE", items=(box,))
    yield _event(f"{box} stored", "storing", action="OBSERVE", items=(box,))
    yield _event(f"{box} empty", "unpacking", "AggregationEvent", action="DELETE", **packed)
    yield _event(
        _pack(unit), "commissioning", "TransformationEvent", inputs=modules, outputs=(_pack(unit),)
    )


def _event(what: str, step: str, kind: str = "ObjectEvent", **more: object) -> EventSummary:
    digest = hashlib.sha256(what.encode()).hexdigest()
    return EventSummary.model_validate(
        {
            "digest": digest,
            "cbv_hash": f"ni:///sha-256;{digest}?ver=CBV2.0",
            "type": kind,
            "time": started,
            "biz_step": step,
            "read_point": gate,
            **more,
        }
    )
