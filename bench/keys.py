"""Was this key valid at this index: lookups a second, with as many devices as one order of number plates has.

Each device has two keys that were replaced and one that is valid. They are loaded in bulk; what answers is the
product's own, and the reference reads the same rows by the table's primary key.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator, Sequence
from functools import partial

import orjson
from bench.context import Bench
from bench.measure import Result, Row, in_turn, median_rate, size_name
from sqlalchemy import make_url

from tallystick.app.bootstrap import rule_set
from tallystick.identity import key_at
from tallystick.ledger import InvariantError, LogReader, Store, canonical

devices_full, devices_quick = 336_559, 1_000
keys_each = 3
lookups_full, lookups_quick = 50_000, 500
loaded_at_once = 20_000
#: From the registration of one key of a device to that of the next.
stride = 10
Asked = Sequence[tuple[str, int, str]]
_select = "SELECT value FROM document WHERE kind = 'key' AND name = ? AND part = ?"


def rows(bench: Bench) -> Iterator[Result]:
    """One row."""
    is_quick = bench.scale.rounds == 1
    devices = devices_quick if is_quick else devices_full
    with bench.sqlite() as url:
        store = Store(url)
        store.migrate()
        _load(store, devices)
        asked = _asked(devices, lookups_quick if is_quick else lookups_full)
        path = make_url(url).database or ""
        spent = in_turn(
            bench.scale.rounds,
            ours=partial(_each, LogReader(store, rule_set()), asked),
            bare=partial(_bare, path, asked),
        )
        store.close()
    yield Row(
        f"key valid at an index, of {size_name(devices)} devices with {keys_each} keys each",
        median_rate(spent["ours"]),
        median_rate(spent["bare"]),
        "lookups/s",
        "a SELECT of the same rows by primary key, each parsed",
    )


def _asked(devices: int, count: int) -> Asked:
    """(key, index, expected state) of devices drawn at random, at every time of their life."""
    draw, found = random.Random(devices), list[tuple[str, int, str]]()
    for _ in range(count):
        device, number, index = (
            draw.randrange(devices),
            draw.randrange(keys_each),
            draw.randrange(40),
        )
        since = number * stride
        ended = number < keys_each - 1 and index > since + stride
        state = "not-yet" if index < since else "rotated" if ended else "valid"
        found.append((f"{300 + number}:{_device(device)}", index, state))
    return found


def _each(reader: LogReader, asked: Asked) -> int:
    with reader.open() as snapshot:
        view = snapshot.view
        for key, index, state in asked:
            if key_at(view, key, index).state != state:
                raise InvariantError(f"{key} at {index} is not {state}")
    return len(asked)


def _bare(path: str, asked: Asked) -> int:
    connection = sqlite3.connect(path)
    try:
        for key, _, _ in asked:
            number, _, owner = key.partition(":")
            (value,) = connection.execute(_select, (owner, number)).fetchone()
            orjson.loads(value)
    finally:
        connection.close()
    return len(asked)


def _load(store: Store, devices: int) -> None:
    for low in range(0, devices, loaded_at_once):
        with store.write() as transaction:
            some = range(low, min(low + loaded_at_once, devices))
            transaction.fill("document", [row for device in some for row in _documents(device)])


def _documents(device: int) -> Iterator[tuple[str, str, str, str]]:
    for number in range(keys_each):
        since = number * stride
        row = {
            "jwk": {"kty": "OKP", "crv": "Ed25519", "x": f"{device:043d}"},
            "custody": "self",
            "types": ["trace.capture/1"],
            "since": since,
        }
        if number < keys_each - 1:
            new = f"{301 + number}:{_device(device)}"
            row |= {"until": since + stride + 1, "reason": "replaced", "replaced_by": new}
        yield "key", _device(device), str(300 + number), canonical.encode(row).decode()


def _device(number: int) -> str:
    return f"99.100.1/scanner-{number:06d}"
