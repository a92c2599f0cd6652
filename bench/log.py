"""A log to measure on: a store, its single writer, and the pens of everybody in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.pens import Pens, commissioning, key, log, origin, root

from tallystick.app.bootstrap import admit, rule_set
from tallystick.identity import Directory
from tallystick.ledger import (
    Answer,
    Audited,
    Checker,
    FileMemory,
    Genesis,
    InvariantError,
    Ledger,
    LogReader,
    LogSigner,
    NamedKey,
    Store,
    Submission,
    audit,
    relaxed_collector,
    suites,
    vault,
)
from tallystick.ledger.auditing import Crew


class BenchLog:
    """A log in which everybody is registered; entries come from `pens`."""

    def __init__(self, url: str, home: Path, pens: Pens) -> None:
        self.pens = pens
        self.store = Store(url, vault=vault.Vault(vault.KeyFile(home / "master" / "keys.json")))
        self.rules = rule_set()
        self.memory = FileMemory(home / "last.json")
        self.reader = LogReader(self.store, self.rules)
        self.ledger = Ledger(
            self.store,
            self.rules,
            Directory(),
            LogSigner(origin, key(f"300:{log}"), self.memory),
            key(f"301:{log}"),
            pens.clock,
            Checker(0, admit),
            pens.random,
        )
        self.minted = 0

    def found(self) -> None:
        """Write genesis and register everybody."""
        named = [
            NamedKey(key=k.keyid, jwk=k.private.public.jwk())
            for k in (key(f"300:{log}"), key(f"301:{log}"), key(f"300:{root}"))
        ]
        genesis = Genesis(
            origin=origin,
            log=log,
            log_key=named[0],
            receipt_key=named[1],
            root=root,
            root_name={"en": "Root", "zh": "根"},
            root_key=named[2],
            rules=self.rules.name,
            policy="quorum none\n",
            suites=suites,
        )
        self.ledger.create(genesis, [key(k.key) for k in named])
        self.append(self.pens.founding())

    def append(self, batches: Iterable[Sequence[Submission]]) -> list[Answer]:
        """Append batches of entries, all of which must be accepted; the last batch's answers."""
        answers: list[Answer] = []
        for answers in self.ledger.append_all(batches):
            accepted(answers)
        return answers

    def mint(self, count: int) -> list[Submission]:
        """The next entries that create a handle each; this log must take them in."""
        start, self.minted = self.minted, self.minted + count
        return self.pens.minted(start, count)

    def captures(self, count: int) -> list[Submission]:
        """One-event captures of things whose handles are registered now; append them in order."""
        names, entries = self.pens.items(count)
        self.append([entries])
        return [self.pens.capture([commissioning(name)]) for name in names]

    def fill(self, size: int, batch: int = 1024) -> None:
        """Go on minting until the log has `size` entries."""
        while (missing := size - self.size()) > 0:
            self.append(
                [self.mint(min(missing, batch)) for _ in range(max(1, missing // batch // 8))]
            )

    def size(self) -> int:
        with self.reader.open() as snapshot:
            return snapshot.size()

    def audit(self, checker: Checker, *, crew: Crew | None = None, ruled: bool = True) -> Audited:
        return audit(
            self.store,
            self.rules,
            Directory(),
            checker,
            memory=self.memory,
            crew=crew,
            ruled=ruled,
        )

    def close(self) -> None:
        self.store.close()


@contextmanager
def bench_log(url: str, home: Path, pens: Pens) -> Iterator[BenchLog]:
    home.mkdir(parents=True, exist_ok=True)
    opened = BenchLog(url, home, pens)
    try:
        with relaxed_collector():
            opened.found()
            yield opened
    finally:
        opened.close()


def accepted(answers: Sequence[Answer]) -> None:
    """Raise what kept an entry out: a figure counts only entries that are in the log."""
    for answer in answers:
        if not answer.accepted:
            raise answer.problem or answer.refusal or InvariantError(str(answer))


def batches(entries: Sequence[Submission], size: int) -> list[Sequence[Submission]]:
    return [entries[start : start + size] for start in range(0, len(entries), size)]
