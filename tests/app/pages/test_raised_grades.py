"""A grade that an owner raises is followed by every page, list and stream, not by entries alone.

Each route that told a reader of the party more than it tells a stranger is asked again after the raise: it tells no
more than to the stranger. Whoever has a role that the table of grades names sees what it saw before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.app.pages.cells import Copy, played, routes

from tallystick.app.demo import cast
from tallystick.app.http import create_app
from tallystick.app.login import session_cookie
from tallystick.identity.grades import RaiseGrade

#: By kind of object: whose entries of which types are raised, and a role that sees them still.
raised = {
    "order": (cast.core, ("finance.order/1",), "finance"),
    "invoice": (cast.suppliers[0], ("finance.invoice/1",), "finance"),
    "certificate": (
        cast.core,
        ("finance.confirm.propose/1", "finance.confirm.approve/1"),
        "finance",
    ),
    "item": (cast.core, ("trace.capture/1",), "checker"),
}
_main = re.compile(rb"<main.*?</main>", re.DOTALL)
_who = re.compile(rb"P-TRIED[A-Z-]*| mine")


class Asking:
    def __init__(self, client: TestClient, copy: Copy) -> None:
        self.client, self.copy = client, copy

    def answer(self, address: str, name: str, role: str) -> tuple[int, bytes]:
        cookie = f"{session_cookie}={name}~{role}"
        told = self.client.get(address, headers={"cookie": cookie})
        found = _main.search(told.content)
        return told.status_code, _who.sub(b"", found[0] if found else told.content)

    def raise_grades(self, firm: cast.Firm, types: tuple[str, ...]) -> None:
        with self.copy.node.writer(self.copy.stage.clock) as book:
            self.copy.stage.ledger = book
            for name in types:
                body = RaiseGrade(
                    organisation=firm.handle,
                    thing=f"type:{name}",
                    grade="restricted",
                    reason="contract",
                )
                self.copy.stage.say(firm.checker, "identity.grade.raise/1", body)


@pytest.fixture(scope="module")
def asking(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asking]:
    copy = Copy(demo_home, tmp_path_factory.mktemp("raised"), cast.core, cast.suppliers[0])
    with (
        played(pytest.MonkeyPatch(), [copy]),
        TestClient(
            create_app(copy.node),
            base_url="https://testserver",
            raise_server_exceptions=False,
            follow_redirects=False,
        ) as client,
    ):
        yield Asking(client, copy)


def test_what_was_raised_is_shown_by_no_route_to_whoever_needs_not_see_it(asking: Asking) -> None:
    paths = [asking.copy.asked(*route).real for route in routes(asking.client.app).items()]
    wrong: list[str] = []
    for kind, (firm, types, role) in raised.items():
        name = asking.copy.objects.name_of(kind)
        short = re.escape(name.rpartition("/")[2].rpartition("#")[2])
        about = [path for path in paths if re.search(short, path)]
        before = {path: asking.answer(path, "own", "reader") for path in paths}
        cleared = {path: asking.answer(path, "own", role) for path in about}
        stranger = {path: asking.answer(path, "other", "reader") for path in about}
        shown = [path for path in about if before[path] != stranger[path]]
        assert len(shown) >= 2, (kind, about)
        asking.raise_grades(firm, types)
        for path in shown:
            after = asking.answer(path, "own", "reader")
            if after != stranger[path]:
                wrong.append(f"{kind} {path}: {after[0]}, a stranger {stranger[path][0]}")
        # The log's own routes show the same to roles that are cleared, but for how long it is.
        for path in about:
            if not path.startswith(("/log", "/v1/bundles")):
                after = asking.answer(path, "own", role)
                if after[0] != cleared[path][0]:
                    wrong.append(f"{kind} {path}: {role} {after[0]}, before {cleared[path][0]}")
        for path in paths:
            lists = path not in about and name.encode() in before[path][1] and "?" in path
            if lists and _lists(path) and name.encode() in asking.answer(path, "own", "reader")[1]:
                wrong.append(f"{kind} is still in {path}")
    assert wrong == [], "\n".join(wrong)


def _lists(path: str) -> bool:
    """Lists of the things themselves; other things may name them still."""
    return path.partition("?")[0] in (
        "/finance/v1/orders", "/finance/v1/invoices", "/finance/v1/certificates", "/certificates", "/documents",
        "/flows", "/confirmations",
    )  # fmt: skip
