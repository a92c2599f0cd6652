"""Who says something about prefixes, and how it comes into the log: here, or by a node that runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
import orjson

from tallystick.app.bootstrap import Node
from tallystick.app.bundles.gather import NothingFinal, NotYetFinal
from tallystick.app.files import read_bytes
from tallystick.app.organisations import accepted
from tallystick.identity import overseer, prefix_holder
from tallystick.ledger import (
    Answer,
    Author,
    Body,
    InvariantError,
    Ledger,
    PrivateKey,
    SigningKey,
    Snapshot,
    Submission,
    SystemClock,
    TallystickError,
    write_batch,
)

T = TypeVar("T")
answer_timeout_s = 60
final_within_s, asked_every_s = 30.0, 0.5
answer_bytes_max = 1 << 20


class NotTakenIn(TallystickError):
    code = "prefix-not-taken-in"
    status = 502
    title = "The node did not take the entry in"
    advice = "Look at what it answered; the command goes on where it stopped when it is run again."


@dataclass
class Scribe:
    """Signs for one author and has the entries taken in, each durable before the next."""

    author: Author
    append: Callable[[Sequence[Submission]], list[Answer]]

    def say(self, entry_type: str, body: Body, *endorsers: SigningKey) -> int:
        """The index of the entry. Raises why it was not taken in."""
        said = self.author.write(entry_type, body, endorsers=endorsers)
        (answer,) = accepted(self.append([said]))
        return answer.index


@contextmanager
def scribe(node: Node, url: str, reference: str, key: Path | None) -> Iterator[Scribe]:
    """Over HTTP if there is a `url`; else into this store, where no other process may append meanwhile."""
    signing = _signing(node, reference, key)
    handle = signing.keyid.partition(":")[2]
    if url:
        author = Author(str(node.genesis()["origin"]), handle, signing, SystemClock())
        yield Scribe(author, lambda entries: [_there(url, one) for one in entries])
        return
    with node.writer() as ledger:
        author = Author(ledger.origin, handle, signing, ledger.clock)
        yield Scribe(author, lambda entries: _here(ledger, entries))
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


def _signing(node: Node, reference: str, key: Path | None) -> SigningKey:
    if key is None:
        return node.keys.get(reference)
    return SigningKey(reference, PrivateKey.from_pem(read_bytes(key)))


def _here(ledger: Ledger, entries: Sequence[Submission]) -> list[Answer]:
    return list(ledger.append(entries))


def _there(url: str, entry: Submission) -> Answer:
    try:
        answer = httpx.post(
            f"{url.rstrip('/')}/v1/entries", content=write_batch([entry]), timeout=answer_timeout_s
        )
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        raise NotTakenIn(f"{url}: {error or type(error).__name__}") from None
    try:
        (told,) = orjson.loads(answer.content[:answer_bytes_max])["results"]
    except (ValueError, KeyError, TypeError):
        raise NotTakenIn(f"{url} answered {answer.status_code}") from None
    return _answer(told)


def _answer(told: Any) -> Answer:
    if told.get("outcome") != "accepted":
        problem = told.get("problem") or {}
        said = problem.get("detail") or problem.get("title") or ""
        raise NotTakenIn(f"{told.get('code') or problem.get('code')}: {said}")
    index = told.get("index")
    if type(index) is not int:
        raise InvariantError("an accepted entry has an index")
    return Answer("", "", index, outcome="accepted")
