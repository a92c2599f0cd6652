"""The processes of an audit. Each has a pipe of its own; results come back in the order of the pieces."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from multiprocessing.connection import Connection
from queue import SimpleQueue
from threading import Thread
from typing import Any

from tallystick.ledger import collector
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.keys import PublicKey
from tallystick.ledger.rules import RuleSet
from tallystick.ledger.verify import Admit

#: Pieces that are on their way to each process or back: enough that none waits, few enough for memory.
pieces_ahead = 3
#: For fewer entries, starting processes costs more than it saves.
apart_entries_min = 4096

#: A function that other processes can import: (what is asked, keys, admit, rules) to what is answered.
Task = Callable[[Any, Mapping[str, PublicKey], Admit | None, RuleSet], bytes]
MakeRules = Callable[[], RuleSet]


class AuditProcessDied(TallystickError):
    code = "audit-process-died"
    status = 500
    title = "A process of the audit ended before it answered"
    advice = "Perhaps the machine has too little memory: run it again with fewer --processes."


class Crew:
    """`processes` beside the one that judges; 0: everything is done in this one."""

    def __init__(self, processes: int, admit: Admit | None, make_rules: MakeRules) -> None:
        self.processes = processes
        self._admit, self._make_rules = admit, make_rules
        self._workers: list[_Worker] = []
        self._rules: RuleSet | None = None

    @staticmethod
    def processes_sensible() -> int:
        return os.cpu_count() or 1

    def for_entries(self, count: int) -> Crew:
        """This one, or none beside this process for a few entries; processes that run already are used."""
        if count >= apart_entries_min or self._workers or not self.processes:
            return self
        return Crew(0, self._admit, self._make_rules)

    def run(
        self, task: Task, asked: Iterable[Any], keys: Mapping[str, PublicKey]
    ) -> Iterator[tuple[Any, bytes]]:
        """Each with its answer, in order. `keys` may grow meanwhile, and is sent on as it does."""
        if not self.processes:
            rules = self._rules = self._rules or self._make_rules()
            for one in asked:
                yield one, task(one, keys, self._admit, rules)
            return
        workers = self._started()
        waiting: deque[tuple[Any, _Worker]] = deque()
        try:
            for number, one in enumerate(asked):
                worker = workers[number % len(workers)]
                worker.send(task, one, keys)
                waiting.append((one, worker))
                if len(waiting) >= pieces_ahead * len(workers):
                    first, by = waiting.popleft()
                    yield first, by.answer()
            while waiting:
                first, by = waiting.popleft()
                yield first, by.answer()
        finally:
            if waiting:
                self.close()

    def close(self) -> None:
        """End the processes; what they were at is forgotten."""
        for worker in self._workers:
            worker.close()
        self._workers = []

    def _started(self) -> Sequence[_Worker]:
        if not self._workers:
            self._workers = [_Worker(self._admit, self._make_rules) for _ in range(self.processes)]
        return self._workers


class _Worker:
    """One process, and the thread that takes its answers off the pipe."""

    def __init__(self, admit: Admit | None, make_rules: MakeRules) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs, admit, make_rules), daemon=True)
        self._process.start()
        theirs.close()
        self._answers: SimpleQueue[bytes | None] = SimpleQueue()
        self._keys_sent = 0
        self._keys_of: Mapping[str, PublicKey] | None = None
        Thread(target=self._listen, daemon=True).start()

    def send(self, task: Task, asked: Any, keys: Mapping[str, PublicKey]) -> None:
        fresh = keys is not self._keys_of
        if fresh:
            self._keys_of, self._keys_sent = keys, 0
        more = list(islice(keys.items(), self._keys_sent, None))
        self._keys_sent += len(more)
        try:
            self._pipe.send_bytes(pickle.dumps((task, asked, fresh, more)))
        except OSError:
            raise AuditProcessDied(f"process {self._process.pid}") from None

    def answer(self) -> bytes:
        found = self._answers.get()
        if found is None:
            raise AuditProcessDied(f"process {self._process.pid}")
        return found

    def close(self) -> None:
        self._process.terminate()
        self._process.join()
        self._pipe.close()

    def _listen(self) -> None:
        try:
            while True:
                self._answers.put(self._pipe.recv_bytes())
        except (EOFError, OSError):
            self._answers.put(None)


def _work(pipe: Connection, admit: Admit | None, make_rules: MakeRules) -> None:
    """In the process, until the one that asked is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    collector.freeze_loaded()
    rules = make_rules()
    keys: dict[str, PublicKey] = {}
    while True:
        try:
            task, asked, fresh, more = pickle.loads(pipe.recv_bytes())
        except (EOFError, OSError):
            return
        if fresh:
            keys.clear()
        keys.update(more)
        pipe.send_bytes(task(asked, keys, admit, rules))
