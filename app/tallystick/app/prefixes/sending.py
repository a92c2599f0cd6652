"""Who says something about prefixes, and how it comes into the log: here, or by a node that runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import httpx

from tallystick.app.bootstrap import Node
from tallystick.app.bundles.gather import NothingFinal, NotYetFinal
from tallystick.app.organisations import accepted
from tallystick.app.saying import signing_key
from tallystick.app.sending import There, answer_timeout_s
from tallystick.identity import overseer, prefix_holder
from tallystick.ledger import (
    Answer,
    Author,
    Body,
    Snapshot,
    Submission,
    SystemClock,
)

T = TypeVar("T")
final_within_s, asked_every_s = 30.0, 0.5


@dataclass
class Scribe:
    """Signs for one author and has the entries taken in, each durable before the next."""

    author: Author
    append: Callable[[list[Submission]], list[Answer]]

    def say(self, entry_type: str, body: Body) -> int:
        """The index of the entry. Raises why it was not taken in."""
        (answer,) = accepted(self.append([self.author.write(entry_type, body)]))
        return answer.index


@contextmanager
def scribe(node: Node, url: str, reference: str, key: Path | None) -> Iterator[Scribe]:
    """Over HTTP if there is a `url`; else into this store, where no other process may append meanwhile."""
    signing = signing_key(node, reference if key is None else f"{reference}={key}")
    handle = signing.keyid.partition(":")[2]
    if url:
        author = Author(str(node.genesis()["origin"]), handle, signing, SystemClock())
        with httpx.Client(timeout=answer_timeout_s, trust_env=False) as http:
            yield Scribe(author, There(url, http).submit)
        return
    with node.writer() as ledger:
        author = Author(ledger.origin, handle, signing, ledger.clock)
        yield Scribe(author, ledger.append)
        ledger.seal()


def speaking(node: Node, prefix: str, *, by_holder: bool) -> str:
    """Key 300 of the prefix's holder, or of whoever let it."""
    with node.reader.open() as snapshot:
        holder = prefix_holder(snapshot.view, prefix)
        return f"300:{holder if by_holder and holder else overseer(snapshot.view, prefix)}"


def when_final(node: Node, write: Callable[[Snapshot], T]) -> T:
    """Once the entries of a node that runs are final, which takes it a moment. Raises `NotYetFinal`."""
    end = time.monotonic() + final_within_s
    while True:
        try:
            with node.reader.open() as snapshot:
                return write(snapshot)
        except (NothingFinal, NotYetFinal):
            if time.monotonic() > end:
                raise
            time.sleep(asked_every_s)
