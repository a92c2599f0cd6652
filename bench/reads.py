"""The read log and the table of grades: what noting a look costs a request, and a decision about a graded value.

The application is asked in this process, without a socket: between the two figures is the noting alone, the batch
that is written in the end included.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, cast

from bench import pens
from bench.context import Bench
from bench.log import BenchLog, bench_log
from bench.measure import Result, Row, in_turn, median_cpu, median_rate, times
from fastapi import FastAPI

import tallystick.ledger as ledger
from tallystick.app import access
from tallystick.app.bootstrap import Node
from tallystick.app.operations import configure_logs
from tallystick.app.readers import Readers
from tallystick.app.reads.keeping import ReadLog
from tallystick.app.settings import Settings
from tallystick.identity import AddPlaceholder
from tallystick.ledger import InvariantError, Mark, Reader, grading

requests_per_few = 20
decisions_per_few = 2_000


def rows(bench: Bench) -> Iterator[Result]:
    folder = bench.new_folder()
    url = f"sqlite:///{folder / 'ledger.sqlite3'}"
    with bench_log(url, folder, bench.new_pens()) as log:
        index = _private(log)
    settings = Settings(home=folder, database_url=url, verify_processes=0, log_level="error")
    configure_logs(settings)
    node = Node.at(settings)
    try:
        yield _noted(bench, node, index)
    finally:
        node.store.close()
    yield _decided(bench)


def _private(log: BenchLog) -> int:
    """The index of an entry that not everybody reads."""
    body = AddPlaceholder(organisation="99.100/O-BENCHBENCH000", name={"en": "Bench"})
    said = log.pens.write(pens.core, "identity.placeholder.add/1", body)
    (answer,) = log.append([[said]])
    log.ledger.seal()
    return answer.index


def _noted(bench: Bench, node: Node, index: int) -> Row:
    kept = ReadLog(node)
    token = Readers(node.settings.folder).add("bench", None)
    asked = {
        name: _Asked(_app(node, noted), index, token)
        for name, noted in (("noting", kept), ("bare", None))
    }
    count = bench.scale.few * requests_per_few
    with asyncio.Runner() as loop:

        def ask(name: str) -> int:
            loop.run(asked[name].ask(count))
            kept.flush()
            return count

        for name in asked:
            ask(name)
        spent = in_turn(
            bench.scale.rounds + 1, noting=lambda: ask("noting"), bare=lambda: ask("bare")
        )
    more_s = median_cpu(spent["noting"]) - median_cpu(spent["bare"])
    return Row(
        "requests noted in the read log, an entry with its body",
        median_rate(spent["noting"]),
        median_rate(spent["bare"]),
        "requests/s",
        "the same requests, not noted",
        details={"processor time of the noting, microseconds": 1e6 * more_s},
    )


def _app(node: Node, noted: ReadLog | None) -> FastAPI:
    reading = access.reading(node, noted=noted)
    app = FastAPI()
    app.include_router(ledger.router(cast(Any, None), reading, 1, ledger.PublicTiles(node.reader)))
    return app


class _Asked:
    """One request, asked of an application again and again."""

    def __init__(self, app: FastAPI, index: int, token: str) -> None:
        self._app, self._path = app, f"/v1/entries/{index}"
        self._headers = [(b"authorization", f"Bearer {token}".encode())]

    async def ask(self, count: int) -> None:
        for _ in range(count):
            status: list[int] = []

            async def receive() -> dict[str, Any]:
                return {"type": "http.request", "body": b"", "more_body": False}

            async def send(message: Any, told: list[int] = status) -> None:
                if message["type"] == "http.response.start":
                    told.append(message["status"])

            await self._app(self._scope(), receive, send)
            if status != [200]:
                raise InvariantError(f"answered {status}")

    def _scope(self) -> dict[str, Any]:
        return {
            "type": "http", "http_version": "1.1", "method": "GET", "scheme": "http", "path": self._path,
            "raw_path": self._path.encode(), "query_string": b"", "root_path": "",
            "asgi": {"version": "3.0"}, "headers": self._headers, "client": ("127.0.0.1", 5),
            "server": ("127.0.0.1", 8000), "state": {},
        }  # fmt: skip


def _decided(bench: Bench) -> Row:
    mark = Mark("money", "restricted", "account")
    cleared = Reader.party(pens.core, ("finance",))
    masked = Reader.party(pens.core, ("warehouse",))
    leaving = cleared.taking_away(grading.Leaving("mirror", "DE", "mirror"))
    parties, members = (pens.core,), frozenset({pens.core, pens.core[::-1]})
    count = bench.scale.few * decisions_per_few

    def decide() -> None:
        cleared.may_read("restricted", parties, mark)

    def bare() -> None:
        _ = pens.core in members

    spent = in_turn(
        bench.scale.rounds + 1,
        decide=times(count, decide),
        bare=times(count, bare),
        mask=times(count, lambda: masked.shown("6222020200112233445", mark, parties)),
        leave=times(count, lambda: leaving.may_read("restricted", parties, mark, pens.core)),
    )
    each = {name: 1e6 / median_rate(spent[name]) for name in ("decide", "mask", "leave")}
    return Row(
        "decisions about a graded value",
        median_rate(spent["decide"]),
        median_rate(spent["bare"]),
        "decisions/s",
        "looking a name up in a set",
        details={
            "one decision, microseconds": each["decide"],
            "refused and masked, microseconds": each["mask"],
            "refused to leave, microseconds": each["leave"],
        },
    )
