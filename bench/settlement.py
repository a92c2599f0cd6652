"""A debtor's day paid to all its holders, and the equality of a day over a long log, beside plain sums in SQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from typing import Any, cast

import orjson
from bench.context import Bench
from bench.measure import Result, Row, in_turn, median_rate, size_name, spend

from tallystick import finance
from tallystick.app.bootstrap import rule_set
from tallystick.app.equality.keeping import made
from tallystick.ledger import (
    Act,
    Change,
    InvariantError,
    LogReader,
    MemoryState,
    Signer,
    Store,
    canonical,
    instant,
)
from tallystick.ledger.store import EntryRow, TreeState

core, bank, seller = "99.100/O-CORE", "99.100/O-BANK", "99.100/O-SELLER"
cashier = "99.100/P-CASHIER"
day, time = "2026-07-10", "2026-07-10T03:00:00.000Z"
units, net, face = 10_000, 9_900, 10_000
holders_per_certificate = 400
#: A report goes through the whole log of years, each day.
entries_max = 10**6
#: Of ten entries of a certificate, three speak of payments and registrations.
entries_each = 10
loaded_at_once = 20_000
begin_ms = 1_767_600_000_000
_zero = "0" * 64


def rows(bench: Bench) -> Iterator[Result]:
    yield _maturity_run(bench)
    yield _equality(bench)


def _maturity_run(bench: Bench) -> Row:
    """One act divides one amount over all holders of all certificates, a cent too little for all of them."""
    growth: dict[str, float] = {}
    bare: list[float] = []
    for holders in bench.scale.sizes:
        state, rules = _due(holders), rule_set()
        with closing(sqlite3.connect(":memory:")) as plain:
            _balances(plain, holders)
            spent = in_turn(
                1,
                ours=partial(_judged, rules, state, _pay(holders * units - 1), holders),
                bare=partial(_posted, plain, holders),
            )
        growth[size_name(holders)] = median_rate(spent["ours"])
        bare.append(median_rate(spent["bare"]))
    return Row(
        "maturity run: holders paid in one act",
        growth[size_name(bench.scale.sizes[-1])],
        bare[-1],
        "holders/s",
        "two rows and two balances for each holder in SQLite in memory, in one transaction",
        growth,
    )


def _judged(rules: Any, state: MemoryState, act: Act[Any], holders: int) -> int:
    effects = rules.judge(state, act)
    paid = sum(cast(dict[str, Any], one.value)["amount"] for one in effects if one.kind == "payout")
    if paid != holders * units - 1:
        raise InvariantError(f"{paid} of {holders * units - 1} minor units were paid")
    return holders


def _pay(amount: int) -> Act[Any]:
    body = finance.PayDue(
        issuer=core, currency="CNY", pays_on=day, amount_minor=amount, evidence=_zero, paid_at=time
    )
    signer = Signer(f"300:{cashier}", cashier, "self", "a key")
    return Act(
        index=10**6,
        type="finance.pay.due/1",
        author=cashier,
        id="pay",
        payload_hash=_zero,
        time=time,
        body=body,
        signers=(signer,),
    )


def _due(holders: int) -> MemoryState:
    state = MemoryState()
    state.apply(_organisation(handle, kind) for handle, kind in ((core, "core"), (bank, "bank")))
    person = {"organisation": bank, "roles": ["maker"]}
    state.apply([Change("person", cashier, person)])
    for number, first in enumerate(range(0, holders, holders_per_certificate)):
        many = min(holders_per_certificate, holders - first)
        name = f"{core}#C-{number}"
        state.apply([Change("certificate", name, _head(number, many * units, paid=0))])
        told = {"certificate": name, "pays_on": day}
        state.apply([Change("maturity", f"{core} CNY {bank}", told, f"{day} {name}")])
        for place in range(many):
            holder = f"99.100/O-H{first + place:09d}"
            lot = _lot(place * units, (place + 1) * units, holder, "free", "")
            state.apply(
                [
                    Change("holding", name, lot, f"{place * units:016d}"),
                    Change("claim", name, {"due": units, "paid": 0}, holder),
                ]
            )
    used = {"used": holders * units, "reserved": 0}
    state.apply([Change("limit", f"core {core}", used, "CNY")])
    return state


def _organisation(handle: str, capacity: str) -> Change:
    told = {"name": {"en": handle}, "scheme": "none", "verified": True, "node": "99.100"}
    return Change("organisation", handle, {**told, "capacities": [capacity]})


def _head(number: int, amount: int, paid: int) -> dict[str, Any]:
    return {
        "issuer": core, "holder": seller, "paying_bank": bank, "currency": "CNY", "face": amount,
        "due_on": day, "zone": "Asia/Shanghai", "roll": "none", "paid": paid, "accepted": number,
        "status": "settled" if paid else "live", "index": number, "time": time,
    }  # fmt: skip


def _lot(start: int, end: int, holder: str, state: str, batch: str) -> dict[str, Any]:
    told = {"start": start, "end": end, "holder": holder, "state": state, "batch": batch}
    return {**told, "lock": "", "recourse": "", "cover": ""}


def _balances(plain: sqlite3.Connection, holders: int) -> None:
    plain.execute("CREATE TABLE balance (holder TEXT PRIMARY KEY, amount INTEGER NOT NULL)")
    plain.execute("CREATE TABLE posting (holder TEXT, amount INTEGER)")
    told = ((f"H{number:09d}", 0) for number in range(holders))
    plain.executemany("INSERT INTO balance VALUES (?, ?)", told)
    plain.execute("INSERT INTO balance VALUES ('debtor', ?)", (holders * units,))


def _posted(plain: sqlite3.Connection, holders: int) -> int:
    with plain:
        for number in range(holders):
            for holder, amount in ((f"H{number:09d}", units), ("debtor", -units)):
                plain.execute("INSERT INTO posting VALUES (?, ?)", (holder, amount))
                told = (amount, holder)
                plain.execute("UPDATE balance SET amount = amount + ? WHERE holder = ?", told)
    return holders


def _equality(bench: Bench) -> Row:
    """Every certificate was financed, registered and paid; the report of the day says that all is equal."""
    growth: dict[str, float] = {}
    bare: list[float] = []
    sizes = bench.scale.sizes
    if len(sizes) > 1:
        sizes = (*(size for size in sizes if size < entries_max), entries_max)
    for size in sizes:
        with bench.sqlite() as url, closing(sqlite3.connect(":memory:")) as plain:
            store = Store(url)
            store.migrate()
            _load(store, plain, size // entries_each)
            reader = LogReader(store, rule_set())
            growth[size_name(size)] = spend(partial(_reported, reader, size)).rate
            bare.append(spend(partial(_summed, plain, size)).rate)
            store.close()
    return Row(
        "equality of a day: entries of the log gone through",
        growth[size_name(sizes[-1])],
        bare[-1],
        "entries/s",
        "the same sums by SQL over tables of financings, payments and registrations in SQLite in memory",
        growth,
    )


def _reported(reader: LogReader, size: int) -> int:
    with reader.open() as snapshot:
        whole, own = made(snapshot, day)
    count = size // entries_each
    paid, registered = whole.lines["paid"], whole.lines["registered"]
    if whole.unexplained or own.unexplained or paid.ledger != count * face:
        raise InvariantError(f"{whole.document()}")
    if registered.because["not-cancelled"] != -count * face:
        raise InvariantError(f"{registered.document()}")
    return size


def _summed(plain: sqlite3.Connection, size: int) -> int:
    for table, column in (("financing", "net"), ("payment", "amount"), ("registration", "amount")):
        (found,) = plain.execute(
            f"SELECT sum(l.{column}) - sum(s.{column}) FROM {table} l JOIN said_{table} s USING (id)"
        ).fetchone()
        if found:
            raise InvariantError(f"{table} differs by {found}")
    return size


def _load(store: Store, plain: sqlite3.Connection, count: int) -> None:
    for table, column in (("financing", "net"), ("payment", "amount"), ("registration", "amount")):
        for name in (table, f"said_{table}"):
            plain.execute(f"CREATE TABLE {name} (id INTEGER PRIMARY KEY, {column} INTEGER)")
            amount = net if column == "net" else face
            plain.executemany(
                f"INSERT INTO {name} VALUES (?, ?)", ((number, amount) for number in range(count))
            )
    each = loaded_at_once // entries_each
    for low in range(0, count, each):
        numbers = range(low, min(low + each, count))
        with store.write() as transaction:
            transaction.add_entries([one for number in numbers for one in _entries(number)])
            transaction.fill("body", [one for number in numbers for one in _bodies(number)])
            transaction.fill("document", [one for number in numbers for one in _documents(number)])
    with store.write() as transaction:
        end = count * entries_each
        tree = TreeState(end, bytes(32), b"", bytes(32), end, instant(begin_ms + end))
        transaction.set_tree(None, tree)


def _entries(number: int) -> Iterator[EntryRow]:
    types = ("finance.instruct/1", "finance.disburse/1", "finance.pay/1")
    for place in range(entries_each):
        index = number * entries_each + place
        named = types[place - 7] if place >= 7 else "finance.order/1"
        yield EntryRow(
            index, cashier, f"{index}", named, None, "accepted", None,
            instant(begin_ms + index), bytes(32), bytes(32), bytes(300),
        )  # fmt: skip


def _bodies(number: int) -> Iterator[tuple[int, bytes, bytes]]:
    quote, first = f"{number:064x}", number * entries_each
    registration = {"number": f"ZDW-{number}", "ends_on": "2030-12-31"}
    told: tuple[dict[str, Any], ...] = (
        {"quote": quote, "registration": registration, "reference": "E2E", "sent_at": time},
        {"quote": quote, "amount_minor": net, "evidence": _zero, "paid_at": time},
        {"certificate": _name(number), "amount_minor": face, "evidence": _zero, "paid_at": time},
    )
    for place in range(entries_each - 3):
        yield first + place, bytes(16), b'{"number":"PO-1"}'
    for place, body in enumerate(told):
        yield first + 7 + place, bytes(16), orjson.dumps(body)


def _documents(number: int) -> Iterator[tuple[str, str, str, str]]:
    name, quote, first = _name(number), f"{number:064x}", number * entries_each
    lot = _lot(0, face, bank, "paid", quote)
    financing = {"bank": bank, "seller": seller, "amount": face, "net": net, "index": first + 8}
    quoted = {"bank": bank, "certificate": name, "amount": face, "net": net, "status": "financed"}
    payout = {"holder": bank, "amount": face, "index": first + 9, "lots": [lot]}
    for kind, part, row in (
        ("certificate", "", _head(first, face, paid=face)),
        ("holding", f"{0:016d}", lot),
        ("financing", quote, financing),
        ("payout", f"{first + 9:012d} {bank}", payout),
    ):
        yield kind, name, part, canonical.encode(row).decode()
    yield "quote", quote, "", canonical.encode(quoted).decode()


def _name(number: int) -> str:
    return f"{core}#C-{number}"
