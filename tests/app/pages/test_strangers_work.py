"""What is forbidden and what is not there cost the database the same statements: so the time tells strangers nothing.

Counted and not timed, since that is the same on every machine. Counted by the database's own trace: documents are
read by the driver's own cursor, which no event of SQLAlchemy's sees.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event
from tests.app.pages.cells import Copy, played, routes

from tallystick.app import permissions
from tallystick.app.demo import cast
from tallystick.app.http import create_app
from tallystick.app.login import session_cookie

asked_times, attempts_max = 3, 4
_value = re.compile(r"'(?:[^']|'')*'|\b\d+\b")


class Work:
    """Statements of one request after another."""

    def __init__(self, client: TestClient, copy: Copy) -> None:
        self.client, self.copy = client, copy
        self.said: list[str] = []

    def traced(self, connection: sqlite3.Connection, *_more: object) -> None:
        connection.set_trace_callback(self.said.append)

    def of(self, address: str, name: str, role: str) -> list[str]:
        """Of a person, or of nobody."""
        return self.asked(address, {"cookie": f"{session_cookie}={name}~{role}"})

    def asked(self, address: str, headers: dict[str, str]) -> list[str]:
        """Without values. The least of several: what goes on beside requests, and what they keep, only adds to it."""
        found: list[list[str]] = []
        for _ in range(asked_times):
            self.said.clear()
            self.client.get(address, headers=headers)
            found.append([_value.sub("?", one) for one in self.said])
        return min(found, key=len)


@pytest.fixture(scope="module")
def work(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Work]:
    copy = Copy(demo_home, tmp_path_factory.mktemp("work"), cast.core, cast.suppliers[0])
    with (
        played(pytest.MonkeyPatch(), [copy]),
        TestClient(
            create_app(copy.node),
            base_url="https://testserver",
            raise_server_exceptions=False,
            follow_redirects=False,
        ) as client,
    ):
        made = Work(client, copy)
        event.listen(copy.node.store.engine, "checkout", made.traced)
        yield made
        event.remove(copy.node.store.engine, "checkout", made.traced)


@pytest.mark.parametrize("relation", ["ended", "other", "nobody"])
def test_strangers_cannot_tell_by_the_work_whether_something_is_there(
    work: Work, relation: str
) -> None:
    differ: list[str] = []
    compared = counted = 0
    for path, parameters in routes(work.client.app).items():
        if permissions.resource_of(path).open or "{" not in path:
            continue
        asked = work.copy.asked(path, parameters)
        role = "" if relation == "nobody" else min(permissions.resource_of(path).read_by)
        for _ in range(attempts_max):
            real = work.of(asked.real, relation, role)
            unknown = work.of(asked.unknown, relation, role)
            if real == unknown:
                break
        compared += 1
        counted += len(real)
        if real != unknown:
            differ.append(f"{path}: {len(real)} where it is, {len(unknown)} where it is not")
            differ += unified_diff(unknown, real, lineterm="", n=0)
    assert compared > 30
    assert counted > 5 * compared
    assert differ == [], "\n".join(differ)


@pytest.mark.parametrize("part", ["own", "own/people"])
def test_nor_can_who_guesses_the_token_of_an_application(work: Work, part: str) -> None:
    headers = {"Application-Token": "A" * 43}
    told = [
        work.asked(f"/v1/applications/{number}/{part}", headers)
        for number in (work.copy.application.number, "A-0000000000000")
    ]
    assert told[0] == told[1]
    assert any("FROM application " in one for one in told[0])
    assert not any("application_part" in one for one in told[0])
