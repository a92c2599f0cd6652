"""Restricted values of a body, by a template and by a grade raised since, reach nobody but the roles of the table.

Every route is asked for the record, its entry and its owner, in every role of its owner and by all others; and every
other way on which a body leaves: export, webhook, mirror, bundle, the native protocol, files of commands.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

import pytest
import structlog
from fastapi.testclient import TestClient
from tests.app.pages.bytewise import holds
from tests.app.pages.cells import Copy, played
from tests.app.pages.test_every_cell import Asking
from tests.app.test_every_route import routes_of

from tallystick.app import permissions
from tallystick.app.demo import cast
from tallystick.app.demo.stage import Seeded, Stage
from tallystick.app.http import create_app
from tallystick.app.leaving import leaves_to
from tallystick.app.reads.seen import Looked
from tallystick.app.webhooks.hooks import Hook, Told, Wish
from tallystick.app.webhooks.telling import planned
from tallystick.app.webhooks.telling import told as deliver
from tallystick.identity import (
    CreateHandles,
    DeleteHandle,
    HandleRecord,
    HandleValue,
    RenewHandle,
    exchange,
    resolve,
    values_for,
)
from tallystick.identity.grades import RaiseGrade
from tallystick.identity.templates import PublishTemplate, TemplateField
from tallystick.ledger import (
    Reader,
    SetClock,
    auditor_reader,
    export,
    grading,
    public_reader,
)

owner = cast.core.handle
template = f"{cast.core.prefix}/T-CANARY"
#: One value for roles by its template, one by the grade that its owner gave the type of another entry since.
by_template, by_grade = f"{cast.core.prefix}/CANARY-1", f"{cast.core.prefix}/CANARY-2"
values = {by_template: "canary-of-a-field-51c7", by_grade: "canary-of-a-type-90ab"}
raised_type = "identity.handle.renew/1"


@dataclass(frozen=True)
class Planted:
    asking: Asking
    indexes: dict[str, int]

    @property
    def copy(self) -> Copy:
        return self.asking.copy


@pytest.fixture(scope="module")
def planted(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    copy = Copy(demo_home, tmp_path_factory.mktemp("fields"), cast.core, cast.suppliers[0])
    indexes = _written(copy)
    with (
        played(pytest.MonkeyPatch(), [copy]),
        TestClient(
            create_app(copy.node),
            base_url="https://testserver",
            raise_server_exceptions=False,
            follow_redirects=False,
        ) as client,
    ):
        yield Planted(Asking(client, copy), indexes)


def _written(copy: Copy) -> dict[str, int]:
    """The entries that wrote them, by handle."""
    with copy.node.look() as view:
        block = view.get("log", "block")
    assert block is not None
    clock = SetClock(str(block["time"]))
    fields = (
        TemplateField(
            index=1, type="PHONE", name={"en": "Phone"}, data="text", grade="owner",
            data_class="personal",
        ),
    )  # fmt: skip
    body = PublishTemplate(template=template, version=1, name={"en": "Contact"}, fields=fields)
    with copy.node.writer(clock) as book:
        stage = Stage(book, clock, Seeded(), copy.node.settings.folder)
        stage.say(owner, "identity.template/1", body)
        value = HandleValue(index=1, type="PHONE", data=values[by_template])
        record = HandleRecord(handle=by_template, values=(value,), template=f"1:{template}")
        private = HandleValue(index=1, type="NOTE", data=values[by_grade], permissions="1100")
        first = CreateHandles(handles=(HandleRecord(handle=by_grade, values=()),))
        gone = DeleteHandle(handle=by_grade, reason="mistake")
        again = RenewHandle(handle=by_grade, values=(private,))
        raised = RaiseGrade(
            organisation=owner, thing=f"type:{raised_type}", grade="core", reason="risk"
        )
        made = stage.say(owner, "identity.handle.create/1", CreateHandles(handles=(record,)))
        stage.say(owner, "identity.handle.create/1", first)
        stage.say(owner, "identity.handle.delete/1", gone)
        renewed = stage.say(owner, raised_type, again)
        stage.say(cast.core.administrator, "identity.grade.raise/1", raised)
        book.seal()
    return {by_template: made.index, by_grade: renewed.index}


def clears(handle: str, role: str) -> bool:
    """Whether the table names the role."""
    mark = (
        grading.Mark("personal", "restricted")
        if handle == by_template
        else grading.Mark("identity", "core")
    )
    return role in grading.treatment(mark).clear_for


def paths(planted: Planted, handle: str) -> list[str]:
    """Every route that is read, with what was planted in the place of each parameter."""
    index = planted.indexes[handle]
    given = {
        "index": str(index), "first": str(index), "n": str(index // 256), "handle": handle, "key": handle,
        "identifier": handle, "prefix": cast.core.prefix, "organisation": owner,
    }  # fmt: skip
    found = []
    for route in routes_of(planted.asking.client.app.routes):  # type: ignore[attr-defined]
        if route.name.startswith(("POST ", "PUT ", "DELETE ", "PATCH ")):
            continue
        steps = [
            quote(given.get(step[1:-1].partition(":")[0], owner)) if step[:1] == "{" else step
            for step in route.path.split("/")
        ]
        found.append("/".join(steps))
    text = quote(values[handle])
    return [
        *found, f"/log/stretch/{index}?end={index + 1}", f"/find?q={text}", f"/find?q={quote(handle)}",
        f"/v1/records?prefix={cast.core.prefix}&type=PHONE&value={text}", f"/v1/records?prefix={cast.core.prefix}",
        f"/api/handles/{quote(handle)}?index=1", f"/api/handles?prefix={cast.core.prefix}",
    ]  # fmt: skip


@pytest.mark.parametrize("handle", values)
def test_it_is_there_for_roles_that_the_table_names(planted: Planted, handle: str) -> None:
    """So the searches below find nothing for the right reason."""
    index = planted.indexes[handle]
    for path in (f"/api/handles/{handle}", f"/v1/entries/{index}", f"/t/{handle}"):
        assert holds(planted.asking.member("own", "checker", path).body, values[handle]), path


@pytest.mark.parametrize("handle", values)
def test_no_answer_to_anybody_else_holds_it(planted: Planted, handle: str) -> None:
    """In roles that the table does not name, and of others in every role that it names; nor a line of the log."""
    value, wrong = values[handle], list[str]()
    own = [("own", role) for role in permissions.roles if not clears(handle, role)]
    others = [
        (name, "checker") for name in ("party", "sharing", "remit", "other", "node", "nobody")
    ]
    asked = paths(planted, handle)
    with structlog.testing.capture_logs() as lines:
        for name, role in (*own, *others):
            for path in asked:
                told = planted.asking.member(name, role, path).body
                # What was asked for stands in the answer as it was typed.
                typed = told.replace(value.encode(), b"") if value in path else told
                if holds(typed, value):
                    wrong.append(f"{name} {role}: {path}")
    assert wrong == []
    assert len(own) >= 4
    assert len(asked) > 120
    assert not holds(json.dumps(lines, default=str).encode(), value)


@pytest.mark.parametrize("handle", values)
def test_it_leaves_on_no_way(planted: Planted, handle: str, tmp_path: Path) -> None:
    value, node, index = values[handle], planted.copy.node, planted.indexes[handle]
    others = {
        "public": public_reader, "auditor": auditor_reader,
        "party": Reader.party(planted.copy.party.handle),
        "sharing": Reader.party(planted.copy.organisations["sharing"]),
        "maker": Reader.party(owner, {"maker"}),
    }  # fmt: skip
    for name, reader in others.items():
        for route in grading.routes:
            with node.reader.open() as snapshot:
                cut = leaves_to(snapshot.view, node.settings, reader, route, name)
                cut = cut.grading(snapshot.raised)
                told = snapshot.disclose(index, cut)
                record = resolve(snapshot.view, handle)
                assert record is not None
                assert value.encode() not in (told.body or b"") + (told.masked or b""), (
                    name,
                    route,
                )
                assert value not in str(values_for(cut, record)), (name, route)
        folder = tmp_path / name
        with node.reader.open() as snapshot:
            cut = leaves_to(snapshot.view, node.settings, reader, "export", name)
        export.export_log(node.store, node.rules, folder, cut)
        files = [one for one in folder.rglob("*") if one.is_file()]
        assert not any(holds(one.read_bytes(), value) for one in files), name
        with node.reader.open() as snapshot:
            cut = leaves_to(snapshot.view, node.settings, reader, "export", name)
            cut = cut.grading(snapshot.raised)
            lines = exchange.page(snapshot.view, cut, exchange.Sought(prefix=cast.core.prefix))
        assert value not in "".join(
            exchange.record_line(one.record, one.values) for one in lines.found
        )


@pytest.mark.parametrize("handle", values)
def test_no_webhook_of_its_owner_tells_it(planted: Planted, handle: str) -> None:
    node, index = planted.copy.node, planted.indexes[handle]
    wish = Wish(address="https://hooks.example/", content="body")
    hook = Hook("wh_own", owner, "active", index, None, Told(wish=wish, by="", made="", secrets=()))
    with node.reader.open() as snapshot:
        rows, _ = planned(snapshot, replace(hook, next=index), 0)
        bodies = [deliver(node, snapshot, hook, row, Looked(), 0) for row in rows]
    assert rows
    assert not any(holds(body, values[handle]) for body in bodies if body is not None)
