"""EPCIS events validated and summarised, and their CBV hash beside the reference implementation."""

from __future__ import annotations

import copy
import logging
from collections.abc import Iterator
from functools import partial
from typing import Any

import orjson
from bench.context import Bench
from bench.measure import Result, Row, Spent, Work, median_rate, spend
from bench.pens import core, gate, prefix, started, suppliers

from tallystick import trace
from tallystick.trace import builders as epcis

items_per_event = 10


def rows(bench: Bench) -> Iterator[Result]:
    """Each round has events of its own: nothing is remembered from the one before."""
    count, size = bench.scale.few, 0
    spent: dict[str, list[Spent]] = {}
    for number in range(bench.scale.rounds):
        document = epcis.document(_events(number * count, count), created=started)
        other = epcis.document(_events((number + 10**5) * count, count), created=started)
        data = epcis.encode(document)
        size = len(data)
        works: dict[str, Work] = {
            "summarised": partial(_summarised, data),
            "parsed": partial(_parsed, data),
            "hashed": partial(_hashed, other),
            "oracle": partial(_oracle, other),
        }
        for name, work in works.items():
            spent.setdefault(name, []).append(spend(work))
    yield Row(
        f"EPCIS events of {items_per_event} items validated and summarised",
        median_rate(spent["summarised"]),
        median_rate(spent["parsed"]),
        "events/s",
        "orjson parsing the same document",
        details={"bytes of an event": round(size / count)},
    )
    yield Row(
        "CBV event hash",
        median_rate(spent["hashed"]),
        median_rate(spent["oracle"]),
        "events/s",
        "epcis_event_hash_generator, the reference package",
    )


def _events(start: int, count: int) -> list[epcis.Event]:
    return [
        epcis.shipping(
            [f"{prefix}/IT-{n * items_per_event + i:07d}" for i in range(items_per_event)],
            time=started,
            read_point=gate,
            references=[trace.Reference(type="po", id=f"{core}#PO-{n}")],
            source=suppliers[0],
            destination=core,
        )
        for n in range(start, start + count)
    ]


def _summarised(data: bytes) -> int:
    return len(trace.summarise(trace.parse(data)))


def _parsed(data: bytes) -> int:
    return len(orjson.loads(data)["epcisBody"]["eventList"])


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
