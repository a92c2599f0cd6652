"""Users of the Handle API read records for their organisation, and by every other route what everybody reads."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.app.pages.cells import Copy, routes

from tallystick.app import permissions
from tallystick.app.demo import cast
from tallystick.app.demo.stage import Seeded, Stage
from tallystick.app.handles.users import HandleUsers, User
from tallystick.app.http import create_app
from tallystick.identity import AddDevice, CreateHandles, HandleRecord, HandleValue
from tallystick.identity.templates import PublishTemplate, TemplateField
from tallystick.ledger import SetClock

secret = "correct horse battery"
writer = f"{cast.core.prefix}/HANDLE-WRITER"
template, thing = f"{cast.core.prefix}/T-CONTACT", f"{cast.core.prefix}/CONTACT-1"
phone, note = "13812345678", "for partners alone"


@dataclass(frozen=True)
class Asking:
    client: TestClient
    copy: Copy
    headers: dict[str, str]

    def both(self, address: str) -> tuple[tuple[int, bytes], tuple[int, bytes]]:
        """As the user and as nobody in particular: status and content."""
        found = [self.client.get(address, headers=headers) for headers in (self.headers, {})]
        mine, nobody = ((one.status_code, one.content) for one in found)
        return mine, nobody


@pytest.fixture(scope="module")
def asking(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asking]:
    copy = Copy(demo_home, tmp_path_factory.mktemp("users"), cast.core, cast.suppliers[0])
    _written(copy)
    copy.node.keys.add(cast.key(f"300:{writer}"))
    users = HandleUsers(copy.node.settings.folder, copy.node.master)
    users.add(User(handle=writer, index=300, login="HS_SECKEY"), secret.encode())
    told = base64.b64encode(f"300%3A{writer}:{secret}".encode()).decode()
    with TestClient(
        create_app(copy.node),
        base_url="https://testserver",
        raise_server_exceptions=False,
        follow_redirects=False,
    ) as client:
        yield Asking(client, copy, {"authorization": f"Basic {told}"})


def _written(copy: Copy) -> None:
    """A service of the core enterprise, and a record with a value for its own roles and one for partners."""
    with copy.node.look() as view:
        block = view.get("log", "block")
    assert block is not None
    clock = SetClock(str(block["time"]))
    with copy.node.writer(clock) as book:
        stage = Stage(book, clock, Seeded(), copy.node.settings.folder)
        officer = cast.core.administrator
        add = AddDevice(device=writer, organisation=cast.core.handle, purpose="service")
        stage.say(officer, "identity.device.add/1", add)
        stage.append([stage.key(officer, writer, "node", ("identity.*",))])
        fields = (
            TemplateField(
                index=1, type="PHONE", name={"en": "Phone"}, data="text", grade="owner",
                data_class="personal", mask="phone",
            ),
            TemplateField(index=2, type="NOTE", name={"en": "Note"}, data="text", grade="partners"),
        )  # fmt: skip
        body = PublishTemplate(template=template, version=1, name={"en": "Contact"}, fields=fields)
        stage.say(writer, "identity.template/1", body)
        values = (
            HandleValue(index=1, type="PHONE", data=phone),
            HandleValue(index=2, type="NOTE", data=note),
        )
        record = HandleRecord(handle=thing, values=values, template=f"1:{template}")
        stage.say(writer, "identity.handle.create/1", CreateHandles(handles=(record,)))
        book.seal()


def test_records_are_read_as_programs_read_them(asking: Asking) -> None:
    mine, nobody = asking.both(f"/api/handles/{thing}")
    assert note.encode() in mine[1]
    assert phone.encode() not in mine[1]
    assert note.encode() not in nobody[1]


def test_nothing_else_is_read_by_a_user(asking: Asking) -> None:
    """Every route but those of records: what is open as everybody reads it, what is not is refused by name."""
    wrong: list[str] = []
    refused = 0
    for path, parameters in routes(asking.client.app).items():
        resource = permissions.resource_of(path)
        if resource.name == permissions.user_reads or resource.part == "nobody":
            continue
        address = asking.copy.asked(path, parameters).real
        mine, nobody = asking.both(address)
        closed = not resource.open and mine[0] == 403
        refused += closed and b"role-missing" in mine[1]
        if not closed and mine != nobody:
            wrong.append(f"{path}: {mine[0]}, nobody {nobody[0]}")
        assert phone.encode() not in mine[1]
        assert note.encode() not in mine[1]
    assert wrong == []
    assert refused > 30
