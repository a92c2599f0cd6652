"""64 acceptances of quotes at once under a limit that takes half of them, against conditional updates of one row."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from statistics import median
from typing import Any

from bench.context import Bench
from bench.log import BenchLog, batches, bench_log
from bench.measure import Result, Row, median_rate, spend
from bench.pens import bank, checker, maker, started
from bench.together import connected, patience_s, sequencing, writers_max
from bench.trade import Trade, due_on, owner, part

from tallystick import finance
from tallystick.ledger import Answer, InvariantError, Submission, payload_hash

rate_ppm = 42_000
value_on = "2026-03-09"
connections = 16
#: Clients of the rows.
at_once = (4, 16, writers_max)
_create = (
    "CREATE TABLE allowance (name TEXT PRIMARY KEY, used BIGINT NOT NULL, most BIGINT NOT NULL)"
)
Submit = Callable[[list[Submission]], list[Answer]]


def rows(bench: Bench) -> Iterator[Result]:
    with bench.sqlite() as url, bench.sqlite() as plain:
        yield _on(bench, "SQLite", url, plain)
    with bench.postgresql() as url, bench.postgresql() as plain:
        yield _on(bench, "PostgreSQL", url, plain)


def _on(bench: Bench, name: str, url: str, plain: str) -> Row:
    growth: dict[str, float] = {}
    bare: list[float] = []
    limits = 0
    with bench_log(url, bench.new_folder(), bench.new_pens()) as log, _clients(plain) as clients:
        log.ledger.checker = bench.checker(0)
        trade = Trade(log)
        allowed = 0
        for writers in sorted({min(one, bench.scale.few) for one in at_once}):
            ours, bare = [], []
            for _ in range(bench.scale.rounds):
                allowed += writers // 2 * part
                _limit(log, limits, allowed)
                accepts = _quoted(log, trade.certificate(), writers)
                with sequencing(log) as submit:
                    ours.append(median_rate([spend(partial(_accepted, submit, accepts))]))
                connection, mark = clients[0]
                row = (f"limit {limits}", 0, writers // 2)
                connection.execute(f"INSERT INTO allowance VALUES ({mark}, {mark}, {mark})", row)
                bare.append(median_rate([spend(partial(_taken, clients, writers, row[0]))]))
                limits += 1
            growth[f"{writers} at once"] = median(ours)
    return Row(
        f"{writers} limit checks at once (quotes accepted under a limit for half), durable on {name}",
        growth[f"{writers} at once"],
        median(bare),
        "checks/s",
        f"{connections} connections, {writers} transactions that raise one row while it is within its limit, unsigned",
        growth,
    )


def _quoted(log: BenchLog, certificate: str, count: int) -> list[Submission]:
    """So many quotes of one bank for parts of a certificate, and the holder's acceptance of each."""
    search = finance.Search(
        certificate=certificate, holder=owner, number="CX-1", evidence="0" * 64, searched_at=started,
    )  # fmt: skip
    figures = finance.discounted(finance.DiscountTerms(part, rate_ppm, value_on, due_on))
    quote = finance.Quote(
        certificate=certificate, holder=owner, currency="CNY", amount=part, rate_ppm=rate_ppm, value_on=value_on,
        due_on=due_on, days=figures.days, discount=figures.discount, net=figures.net, valid_hours=24 * 7,
    )  # fmt: skip
    said = [log.pens.write(maker(bank), "finance.quote/1", quote) for _ in range(count)]
    log.append([[log.pens.write(maker(bank), "finance.search/1", search)]])
    log.append(batches(said, 256))
    return [
        log.pens.write(
            maker(owner),
            "finance.quote.accept/1",
            finance.QuoteAccept(quote=payload_hash(one.envelope).hex()),
        )
        for one in said
    ]


def _limit(log: BenchLog, after: int, amount: int) -> None:
    body = finance.LimitPropose(kind="funder", currency="CNY", amount=amount, after=after)
    proposed = log.pens.write(maker(bank), "finance.limit.propose/1", body)
    approve = finance.LimitApprove(proposal=payload_hash(proposed.envelope).hex())
    log.append([[proposed, log.pens.write(checker(bank), "finance.limit.approve/1", approve)]])


def _accepted(submit: Submit, accepts: Sequence[Submission]) -> int:
    """Each by a client of its own; exactly half of them are within the limit."""
    start = threading.Barrier(len(accepts))

    def say(one: Submission) -> bool:
        start.wait(patience_s)
        (answer,) = submit([one])
        refused = answer.problem or answer.refusal
        if refused is not None and refused.code != "not-available":
            raise refused
        return answer.accepted

    with ThreadPoolExecutor(len(accepts)) as pool:
        within = sum(pool.map(say, accepts))
    if within != len(accepts) // 2:
        raise InvariantError(f"{within} of {len(accepts)} were within a limit for half of them")
    return len(accepts)


@contextmanager
def _clients(url: str) -> Iterator[list[tuple[Any, str]]]:
    """Connections to a database that knows limits and nothing else."""
    with ExitStack() as stack:
        found = [stack.enter_context(connected(url)) for _ in range(connections)]
        found[0][0].execute(_create)
        yield found


def _taken(clients: Sequence[tuple[Any, str]], writers: int, name: str) -> int:
    start = threading.Barrier(len(clients))

    def take(place: int) -> int:
        connection, mark = clients[place]
        change = f"UPDATE allowance SET used = used + 1 WHERE name = {mark} AND used < most"
        start.wait(patience_s)
        numbers = range(place, writers, len(clients))
        return sum(connection.execute(change, (name,)).rowcount for _ in numbers)

    with ThreadPoolExecutor(len(clients)) as pool:
        found = sum(pool.map(take, range(len(clients))))
    if found != writers // 2:
        raise InvariantError(f"{found} of {writers} were within a limit for half of them")
    return writers
