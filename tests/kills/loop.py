"""Serve, send, kill, look, and again: the loop of the tests and of `./dev soak`."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from tests.kills.checks import Checks
from tests.kills.pens import Pens
from tests.kills.points import points
from tests.kills.senders import Answered, Sender, WrongAnswer, checked, request_timeout_s
from tests.kills.served import Parent, Served

from tallystick.app.settings import Settings

under_load_max_s = 0.08
#: Some live until blocks are sealed, which happens twice a second.
long_life_share, long_life_max_s = 0.15, 0.7
join_timeout_s = 60


@dataclass
class Loop:
    """One store, served and killed again and again."""

    served: Served
    pens: Pens
    checks: Checks
    rng: random.Random
    kills: Counter[str] = field(default_factory=Counter)
    #: Requests that were in the log though nobody had been told, and those that were not.
    taken_untold: int = 0
    not_taken: int = 0
    repeated: int = 0
    _new: list[Answered] = field(default_factory=list)
    _last: list[Answered] = field(default_factory=list)

    def __post_init__(self) -> None:
        rng, pens = self.rng, self.pens
        self.senders = [
            Sender(pens.one),
            Sender(lambda: pens.batch(rng)),
            Sender(lambda: pens.scans(rng)),
        ]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.served.settings.port}"

    @property
    def acknowledged(self) -> int:
        return len(self.checks.promised)

    def run(self, rounds: Sequence[str]) -> Iterator[str]:
        """One kill per round: the name of a point, or "" for any moment under load; yields after each."""
        for name in rounds:
            if name:
                self._at(name)
            else:
                self._under_load()
            yield name

    def finish(self) -> int:
        """Everything that waits is taken in, every promise is kept, the audit is sound; the log's size."""
        self.start()
        with self._client() as client:
            for sender in self.senders:
                while sender.pending:
                    sender.send(client)
        self._collect()
        self.checks.promise(self._new)
        self.served.kill()
        return self.checks.at_the_end()

    def _at(self, name: str) -> None:
        """One request to a node that kills itself at this point; then the request again."""
        first = self.rng.choice(self.senders)
        before = first.pending
        self.start({"name": name, "call": 1})
        if self.served.pid is not None:
            try:
                with self._client() as client:
                    while True:
                        first.send(client)
            except httpx.TransportError:
                pass
            self.served.wait()
        self.kills[name] += 1
        there, known = self.look(), points[name].committed
        last = first.pending
        if known is not None and last not in (None, before) and there[id(last)] != known:
            raise AssertionError(f"killed at {name!r}: taken in is {not known}")

    def _under_load(self) -> None:
        """All clients at once, killed at any moment."""
        self.start()
        stop = threading.Event()
        threads = [
            threading.Thread(target=sender.run, args=(self.url, stop)) for sender in self.senders
        ]
        for thread in threads:
            thread.start()
        long = self.rng.random() < long_life_share
        stop.wait(self.rng.uniform(0, long_life_max_s if long else under_load_max_s))
        self.served.kill()
        for thread in threads:
            thread.join(join_timeout_s)
        for sender in self.senders:
            if sender.problem is not None:
                raise sender.problem
        self.kills["any moment"] += 1
        # Every other time the next start finds the store as it was left, and repairs it itself.
        if self.rng.random() < 0.5:
            self.look()

    def look(self) -> dict[int, bool]:
        """Whether the log has what was not answered, by the identity of the request."""
        self._collect()
        pending = [sender.pending for sender in self.senders if sender.pending]
        there = self.checks.after_kill(self._new, pending, self.rng)
        self.taken_untold += sum(there)
        self.not_taken += len(there) - sum(there)
        self._last, self._new = self._new or self._last, []
        return {id(sent): found for sent, found in zip(pending, there, strict=True)}

    def _collect(self) -> None:
        for sender in self.senders:
            self._new += sender.answered
            sender.answered = []

    def start(self, point: dict[str, object] | None = None) -> None:
        """The node again; some requests that were answered before get the same receipts."""
        if self.served.start(point):
            self.look()
            if point is None:
                self._repeat()
        elif point is None:
            raise AssertionError(f"it does not start: {self.served.log.read_text()[-2000:]}")

    def _repeat(self) -> None:
        with self._client() as client:
            for before in self._last[-3:]:
                again = checked(
                    before.sent, client.post("/v1/entries", content=before.sent.content)
                )
                if again.receipt != before.receipt or again.promised() != before.promised():
                    raise WrongAnswer(f"another receipt the second time: {again} {before}")
                self.repeated += 1

    def _client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=request_timeout_s)


def mixed_rounds(count: int, rng: random.Random) -> list[str]:
    """Every point as often as the others, and any moment for the other half; shuffled."""
    names = [*points] * (count // (2 * len(points)))
    rounds = names + [""] * (count - len(names))
    rng.shuffle(rounds)
    return rounds


@contextmanager
def looping(parent: Parent, settings: Settings, log: Path, seed: int) -> Iterator[Loop]:
    """A loop over a new log."""
    pens = Pens.found(settings)
    served = Served(parent, settings, log)
    loop = Loop(served, pens, Checks(pens.node), random.Random(seed))
    try:
        yield loop
    finally:
        if served.pid is not None:
            served.kill()
        pens.node.store.close()
