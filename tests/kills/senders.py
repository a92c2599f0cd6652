"""Clients that send over HTTP, keep what was acknowledged, and send again what was not."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from tallystick.ledger import Entry, Envelope, Submission, write_batch

request_timeout_s = 30
#: What an entry becomes: an outcome in the log, or the code of the problem that keeps it out.
Expected = str


@dataclass(frozen=True, slots=True)
class Sent:
    """One request: its bytes never change, however often it is sent."""

    content: bytes
    ids: tuple[tuple[str, str], ...]
    expected: tuple[Expected, ...]

    @staticmethod
    def of(entries: Sequence[tuple[Submission, Expected]]) -> Sent:
        named = (Entry.parse(Envelope.parse(entry.envelope).payload) for entry, _ in entries)
        return Sent(
            write_batch([entry for entry, _ in entries]),
            tuple((entry.author, entry.id) for entry in named),
            tuple(expected for _, expected in entries),
        )


@dataclass(frozen=True, slots=True)
class Answered:
    """A request and what the node promised in its answer."""

    sent: Sent
    results: list[dict[str, Any]]
    receipt: dict[str, Any] | None

    def promised(self) -> dict[tuple[str, str], tuple[int, str, str]]:
        """(index, leaf hash, outcome) by (author, id) of what is in the log."""
        return {
            name: (row["index"], row["leaf_hash"], row["outcome"])
            for name, row in zip(self.sent.ids, self.results, strict=True)
            if "problem" not in row
        }


class WrongAnswer(AssertionError):
    """The node answered, and not what was to be expected."""


@dataclass
class Sender:
    """One client. `make` gives the next request; nothing new is made before the last is answered."""

    make: Callable[[], Sent]
    pending: Sent | None = None
    answered: list[Answered] = field(default_factory=list)
    duplicates: int = 0
    busy: int = 0
    problem: BaseException | None = None

    def send(self, client: httpx.Client) -> Answered | None:
        """Send once what is pending; None if it was not taken in."""
        sent = self.pending = self.pending or self.make()
        answer = client.post("/v1/entries", content=sent.content)
        if answer.status_code == 503:
            if int(answer.headers["retry-after"]) < 1:
                raise WrongAnswer(f"Retry-After: {answer.headers['retry-after']}")
            self.busy += 1
            return None
        found = checked(sent, answer)
        self.duplicates += any(row.get("duplicate") for row in found.results)
        self.answered.append(found)
        self.pending = None
        return found

    def run(self, url: str, stop: threading.Event) -> None:
        """Until the node goes away, or `stop`."""
        try:
            with httpx.Client(base_url=url, timeout=request_timeout_s) as client:
                while not stop.is_set():
                    if self.send(client) is None:
                        stop.wait(0.02)
        except httpx.TransportError:
            return
        except BaseException as error:  # noqa: BLE001 - told where the threads are joined
            self.problem = error


def checked(sent: Sent, answer: httpx.Response) -> Answered:
    """What was answered; raises `WrongAnswer`."""
    if answer.status_code != 200:
        raise WrongAnswer(f"{answer.status_code}: {answer.text[:500]}")
    told = answer.json()
    kinds = tuple(
        row["problem"]["code"] if "problem" in row else row["outcome"] for row in told["results"]
    )
    if kinds != sent.expected:
        raise WrongAnswer(f"{kinds} instead of {sent.expected}")
    return Answered(sent, told["results"], told["receipt"])
