"""What all rows of a run share: how much to do, where, with which processes and databases."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.ceiling import Ceiling
from bench.pens import Pens
from tests import postgres

from tallystick.app.bootstrap import admit
from tallystick.ledger import Checker, Submission

warming_entries = 512
postgres_variable = "TALLYSTICK_BENCH_DATABASE_URL"


@dataclass(frozen=True, slots=True)
class Scale:
    """How much a run does.

    `sizes` are the numbers of entries at which growth is looked at, `generated` those of stores that are
    bulk-loaded with generated leaves, `heads` the names in a map; `few` is how often something slow is done.
    """

    rounds: int
    batches: int
    batch_entries: int
    sizes: tuple[int, ...]
    generated: tuple[int, ...]
    heads: tuple[int, ...]
    few: int

    @staticmethod
    def chosen(*, quick: bool, long: bool) -> Scale:
        if quick:
            return Scale(1, 1, 64, (250,), (1_000,), (1_000,), 4)
        if long:
            growing = (10**4, 10**5, 10**6)
            return Scale(5, 4, 1024, growing, (10**5, 10**6, 10**7), (10**5, 10**6), 400)
        return Scale(3, 3, 1024, (10**4, 10**5), (10**5, 10**6, 10**7), (10**5, 10**6), 200)


@dataclass
class Bench:
    """One run. Things are started when a row first asks for them and ended with the run."""

    scale: Scale
    folder: Path
    _minted: dict[int, list[Submission]] = field(default_factory=dict)
    _pens: int = 0
    _stack: ExitStack = field(default_factory=ExitStack)
    _checkers: dict[int, Checker] = field(default_factory=dict)
    _ceiling: Ceiling | None = None
    _server: postgres.Server | None = None
    _folders: int = 0

    @staticmethod
    @contextmanager
    def run(scale: Scale) -> Iterator[Bench]:
        with tempfile.TemporaryDirectory(prefix="tallystick-bench-") as folder:
            bench = Bench(scale, Path(folder))
            with bench._stack:
                yield bench

    @property
    def ceiling(self) -> Ceiling:
        """The machine's bare verification of signatures."""
        if self._ceiling is None:
            self._ceiling = Ceiling()
            self._stack.callback(self._ceiling.close)
        return self._ceiling

    def checker(self, processes: int) -> Checker:
        if processes not in self._checkers:
            made = self._checkers[processes] = Checker(processes, admit)
            self._stack.callback(made.close)
            # Refused at once; but now the processes run.
            nothing = [Submission(b"", b"", b"")] * warming_entries * processes
            for answer in made.start(nothing, {}):
                answer.result()
        return self._checkers[processes]

    def new_pens(self) -> Pens:
        """Pens for one more log."""
        self._pens += 1
        return Pens(self._pens, self._minted)

    def new_folder(self) -> Path:
        self._folders += 1
        folder = self.folder / f"{self._folders}"
        folder.mkdir()
        return folder

    @contextmanager
    def sqlite(self) -> Iterator[str]:
        """The URL of a database file that does not exist yet."""
        yield f"sqlite:///{self.new_folder() / 'bench.sqlite3'}"

    @contextmanager
    def postgresql(self) -> Iterator[str]:
        """The URL of a fresh database on a real server; raises `postgres.Unavailable`."""
        if self._server is None:
            named = os.environ.get(postgres_variable)
            if named:
                os.environ[postgres.url_variable] = named
            self._server = self._stack.enter_context(postgres.server())
        with self._server.fresh_database() as url:
            yield url
