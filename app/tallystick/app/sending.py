"""Where entries of commands go: into this store, or to a node that runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import orjson

from tallystick.app.bootstrap import Node
from tallystick.app.writing import Pens
from tallystick.ledger import Answer, Ledger, Submission, TallystickError, write_batch

answer_timeout_s = 60
answer_bytes_max = 16 << 20
unavailable_status = 500


class NodeNotReached(TallystickError):
    code = "node-not-reached"
    status = 502
    title = "The node did not take the entries in"
    advice = "Run the command again: what it took in already is not written twice."


class EntryRefusedThere(TallystickError):
    """What a node says of an entry, in its own code."""

    code = "refused-by-node"
    status = 409
    title = "The node refused the entry"
    advice = "Look up the code that it names in the table of errors."


class Here:
    """The log of this store, which no other process appends to now."""

    def __init__(self, book: Ledger) -> None:
        self._book = book

    def submit(self, submissions: list[Submission]) -> list[Answer]:
        answers = self._book.append(submissions)
        self._book.seal()
        return answers


class There:
    """A node that runs: on the same database, or one that serves a log elsewhere."""

    def __init__(self, url: str, http: httpx.Client) -> None:
        self._url, self._http = url.rstrip("/"), http

    def submit(self, submissions: list[Submission]) -> list[Answer]:
        """Raises `NodeNotReached`."""
        try:
            answer = self._http.post(f"{self._url}/v1/entries", content=write_batch(submissions))
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise NodeNotReached(f"{self._url}: {error or type(error).__name__}") from None
        try:
            rows = orjson.loads(answer.content[:answer_bytes_max])["results"]
            found = [_answer(row) for row in rows]
        except (ValueError, KeyError, TypeError, AttributeError):
            raise NodeNotReached(f"{self._url} answered {answer.status_code}") from None
        if len(found) != len(submissions):
            raise NodeNotReached(f"{len(found)} answers for {len(submissions)} entries")
        return found


@contextmanager
def sending(node: Node, url: str) -> Iterator[tuple[Here | There, str]]:
    """Where signed entries go, to `url` or else into this store, and the origin that they name."""
    origin = str(node.genesis()["origin"])
    if url:
        with httpx.Client(timeout=answer_timeout_s, trust_env=False) as http:
            yield There(url, http), origin
        return
    with node.writer() as book:
        yield Here(book), origin


@contextmanager
def pens(node: Node, url: str) -> Iterator[Pens]:
    """Pens of authors whose keys this node holds; what they write goes to `url`, or else into this store."""
    with sending(node, url) as (log, origin):
        yield Pens(node, log, origin)


def _answer(row: dict[str, Any]) -> Answer:
    refused = row.get("problem") or row.get("refusal")
    problem: TallystickError | None = None
    if refused is not None:
        said = f"{refused['code']}: {refused.get('detail', '')}"
        away = refused.get("status", 0) >= unavailable_status
        problem = NodeNotReached(said) if away else EntryRefusedThere(said)
    return Answer(
        "",
        "",
        int(row.get("index", -1)),
        str(row.get("leaf_hash", "")),
        str(row.get("outcome", "")),
        row.get("code"),
        duplicate=bool(row.get("duplicate")),
        problem=problem,
    )
