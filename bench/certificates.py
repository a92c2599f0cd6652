"""Transfers of certificates: on the book in memory, through the rules, and signed and durable."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import partial
from statistics import median

import orjson
from bench.bare import Bare, Written, bare_database, recording
from bench.context import Bench
from bench.log import BenchLog, accepted, batches, bench_log
from bench.measure import Result, Row, Spent, in_turn, median_rate, spend
from bench.trade import Trade, Transfer, others, owner

from tallystick.finance import Book, run_transfers, tiered_moves
from tallystick.finance.receivables.exercise import Move
from tallystick.ledger import Act, Change, Entry, Envelope, MemoryState, Signer, Submission

book_face = 900_000_000
holdings_tried = (10, 100, 400)


def rows(bench: Bench) -> Iterator[Result]:
    yield _in_memory(bench)
    with bench.sqlite() as url, bench_log(url, bench.new_folder(), bench.new_pens()) as log:
        yield _by_rules(bench, log)
        yield _durable(bench, log)


def _in_memory(bench: Bench) -> Row:
    moves = tiered_moves(bench.scale.few * 100)

    def ours() -> int:
        return run_transfers(Book.issue(book_face, "S01"), moves)

    spent = in_turn(bench.scale.rounds, ours=ours, bare=lambda: moved_between_balances(moves))
    return Row(
        "transfer on a book in memory",
        median_rate(spent["ours"]),
        median_rate(spent["bare"]),
        "transfers/s",
        "the same amounts moved between balances in a dict",
    )


def moved_between_balances(moves: list[Move]) -> int:
    balances = {"S01": book_face}
    for holder, to, amount in moves:
        if balances.get(holder, 0) < amount:
            raise ValueError(holder)
        balances[holder] -= amount
        balances[to] = balances.get(to, 0) + amount
    return len(moves)


def _by_rules(bench: Bench, log: BenchLog) -> Row:
    """Offer and acceptance judged and applied on a state in memory, by number of holdings."""
    trade, growth = Trade(log), {}
    moves = tiered_moves(bench.scale.few)
    bare: list[Spent] = []
    for holdings in _tried(bench):
        certificate = trade.certificate()
        trade.split(certificate, holdings)
        spent = []
        for _ in range(bench.scale.rounds):
            transfers = back_and_forth(trade, certificate, bench.scale.few)
            spent.append(spend(partial(_Play(log).run, transfers)))
            bare.append(spend(lambda: moved_between_balances(moves)))
        growth[f"{holdings} holdings"] = median_rate(spent)
    return Row(
        "transfer (offer and acceptance) through the rules, in memory",
        next(iter(growth.values())),
        median_rate(bare),
        "transfers/s",
        "the same number of amounts moved between balances in a dict",
        growth,
    )


def _durable(bench: Bench, log: BenchLog) -> Row:
    """Signed offers and acceptances, durable in SQLite, and the same rows without a ledger."""
    trade, growth, signatures = Trade(log, 1000), {}, []
    bare: list[Spent] = []
    count = bench.scale.few * 2
    log.ledger.checker = bench.checker(0)
    with bench.sqlite() as url, bare_database(url) as database:
        for holdings in _tried(bench):
            certificate = trade.certificate()
            trade.split(certificate, holdings)
            spent = []
            for _ in range(bench.scale.rounds):
                transfers = back_and_forth(trade, certificate, bench.scale.few)
                acts = [act for t in transfers for act in (t.offer, t.accept)]
                signatures.append(bench.ceiling.rate(acts, rounds=1))
                with recording() as written:
                    spent.append(spend(partial(appended, log, acts)))
                bare.append(spend(partial(_insert, database, written, count)))
            growth[f"{holdings} holdings"] = median_rate(spent)
    return Row(
        "transfers signed and durable on SQLite",
        next(iter(growth.values())),
        median_rate(bare),
        "entries/s",
        "the same rows inserted without a ledger",
        growth,
        {"bare signatures/s, all cores": round(median(signatures))},
    )


def appended(log: BenchLog, acts: list[Submission]) -> int:
    for answers in log.ledger.append_all(batches(acts, 1024)):
        accepted(answers)
    return len(acts)


def _insert(database: Bare, written: list[Written], count: int) -> int:
    database.insert(written)
    return count


def _tried(bench: Bench) -> tuple[int, ...]:
    return holdings_tried if bench.scale.few > 50 else holdings_tried[:1]


def back_and_forth(trade: Trade, certificate: str, count: int) -> list[Transfer]:
    """Transfers that leave the number of holdings as it was: a part given, and given back."""
    made = []
    for n in range(count):
        pair = (owner, others[n // 2 % len(others)])
        giver, taker = pair if n % 2 == 0 else pair[::-1]
        made.append(trade.transfer(certificate, giver, taker))
    return made


class _Play:
    """The rules over a copy of the log's documents in memory: no signatures, no storage."""

    def __init__(self, log: BenchLog) -> None:
        self._rules = log.rules
        self._index = log.size()
        self._state = MemoryState()
        with log.store.read() as transaction:
            self._state.apply(
                Change(kind, name, orjson.loads(value), part)
                for kind, name, part, value in transaction.rows("document")
            )
        with log.reader.open() as snapshot:
            self._time = snapshot.recent(limit=1)[0].time

    def run(self, transfers: list[Transfer]) -> int:
        for transfer in transfers:
            self._judge(transfer.offer)
            self._judge(transfer.accept)
        return len(transfers)

    def _judge(self, submission: Submission) -> None:
        payload = Envelope.parse(submission.envelope).payload
        entry = Entry.parse(payload)
        act = Act(
            index=self._index,
            type=entry.type,
            author=entry.author,
            id=entry.id,
            payload_hash=hashlib.sha256(payload).hexdigest(),
            time=self._time,
            body=self._rules.parse_body(entry.type, submission.body),
            signers=(Signer(f"300:{entry.author}", entry.author, "self", ""),),
        )
        self._state.apply(self._rules.judge(self._state, act))
        self._index += 1
