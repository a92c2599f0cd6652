"""Races for the same cents: clients offer one holding to different firms at the same moment, over and over.

The log is a real one: signed entries, the sequencer that judges them, rows that are durable on the database. Of each
race exactly one offer is accepted, whoever comes first; the others are refused as not enough free. The winner takes
its offer back, and the race is run again.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.log import BenchLog, bench_log
from bench.pens import Pens, core, maker
from bench.together import pass_at_once, transfers_of
from bench.trade import Trade, face, others, owner

from tallystick import finance
from tallystick.ledger import Submission, payload_hash

racers = 2


@dataclass
class Raced:
    """What the races came to; `twice` and `never` must stay empty."""

    races: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    won_by: Counter[int] = field(default_factory=Counter)
    twice: list[int] = field(default_factory=list)
    never: list[int] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not self.twice and not self.never and self.refusals.keys() <= {"not-enough-free"}


@contextmanager
def racing(url: str, folder: Path) -> Iterator[Trade]:
    """A log of its own on a database, and who trades on it."""
    with bench_log(url, folder, Pens(0, {})) as log:
        yield Trade(log)


def race(trade: Trade, count: int, clients: int = racers) -> Raced:
    """So many races of `clients` for all cents of one certificate."""
    found, log = Raced(), trade.log
    name = trade.certificate()
    start = threading.Barrier(clients)
    with ThreadPoolExecutor(clients) as pool:
        for number in range(count):
            offers = [trade.transfer(name, owner, others[n], face).offer for n in range(clients)]
            answers = list(pool.map(lambda one: _sent(log, start, one), offers))
            _judge(found, number, offers, answers, log)
    _check(log, name)
    return found


def together(trade: Trade, certificates: int, transfers: int = 64) -> dict[str, int]:
    """So many transfers at once, of one certificate or of as many; who holds how much then."""
    log = trade.log
    names = [trade.certificate() for _ in range(certificates)]
    pass_at_once(log.ledger.append, transfers_of(trade, names, transfers))
    held: Counter[str] = Counter()
    for name in names:
        held.update(_check(log, name))
    return dict(held)


def _sent(log: BenchLog, start: threading.Barrier, entry: Submission) -> Any:
    start.wait(60)
    (answer,) = log.ledger.append([entry])
    return answer


def _judge(
    found: Raced, number: int, offers: Sequence[Submission], answers: Sequence[Any], log: BenchLog
) -> None:
    found.races += 1
    winners = [place for place, answer in enumerate(answers) if answer.accepted]
    found.refusals.update(answer.problem.code for answer in answers if not answer.accepted)
    if len(winners) != 1:
        (found.twice if winners else found.never).append(number)
    for place in winners:
        found.won_by[place] += 1
        body = finance.TransferWithdraw(offer=payload_hash(offers[place].envelope).hex())
        back = log.pens.write(maker(owner), "finance.transfer.withdraw/1", body)
        log.append([[back]])


def _check(log: BenchLog, name: str) -> Counter[str]:
    """Holdings partition the face, splits are the budget less the cuts; units by holder."""
    held: Counter[str] = Counter()
    edge = 0
    with log.reader.open() as snapshot:
        rows: list[Any] = list(snapshot.view.group("holding", name).values())
        left: list[Any] = list(snapshot.view.group("split-budget", name).values())
        head: Any = snapshot.view.get("certificate", name)
    for row in rows:
        if row["start"] != edge:
            raise AssertionError(f"{name}: gap or overlap at unit {row['start']}")
        edge = row["end"]
        held[row["holder"]] += row["end"] - row["start"]
    if edge != head["face"] or core in held:
        raise AssertionError(f"{name}: {edge} of {head['face']} units are held")
    if sum(row["left"] for row in left) != head["splits"] - (len(rows) - 1):
        raise AssertionError(f"{name}: splits do not add up")
    return held
