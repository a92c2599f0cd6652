"""EPCIS events validated and summarised, and their CBV hash beside the reference implementation."""

from __future__ import annotations

import copy
import logging
from collections.abc import Iterator
from typing import Any

import orjson
from bench.context import Bench
from bench.measure import Result, Row, in_turn, median_rate
from bench.pens import core, gate, prefix, started, suppliers

from tallystick import trace
from tallystick.trace import builders as epcis

items_per_event = 10


def rows(bench: Bench) -> Iterator[Result]:
    document = epcis.document(_events(bench.scale.few), created=started)
    data, count = epcis.encode(document), bench.scale.few
    spent = in_turn(
        bench.scale.rounds,
        summarised=lambda: len(trace.summarise(trace.parse(data))),
        parsed=lambda: len(orjson.loads(data)["epcisBody"]["eventList"]),
        hashed=lambda: _hashed(document),
        oracle=lambda: _oracle(document),
    )
    yield Row(
        f"EPCIS events of {items_per_event} items validated and summarised",
        median_rate(spent["summarised"]),
        median_rate(spent["parsed"]),
        "events/s",
        "orjson parsing the same document",
        details={"bytes of an event": round(len(data) / count)},
    )
    yield Row(
        "CBV event hash",
        median_rate(spent["hashed"]),
        median_rate(spent["oracle"]),
        "events/s",
        "epcis_event_hash_generator, the reference package",
    )


def _events(count: int) -> list[epcis.Event]:
    return [
        epcis.shipping(
            [f"{prefix}/IT-{n * items_per_event + i:07d}" for i in range(items_per_event)],
            time=started,
            read_point=gate,
            references=[trace.Reference(type="po", id=f"{core}#PO-{n}")],
            source=suppliers[0],
            destination=core,
        )
        for n in range(count)
    ]


def _hashed(document: dict[str, Any]) -> int:
    events, context = document["epcisBody"]["eventList"], document["@context"]
    return len([trace.cbv_hash(event, context) for event in events])


def _oracle(document: dict[str, Any]) -> int:
    from epcis_event_hash_generator import (  # type: ignore[import-untyped]
        hash_generator,
        json_to_py,
    )

    logging.disable(logging.ERROR)
    try:
        events = json_to_py.event_list_from_epcis_document_json(copy.deepcopy(document))
        return len(hash_generator.epcis_hashes_from_events(events))
    finally:
        logging.disable(logging.NOTSET)
