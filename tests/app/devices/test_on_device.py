"""The device's end: it waits out a network that is away, and goes on where it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.app.devices.desk import Desk, gate
from tests.identity.devices.factories import Factory

from tallystick.app.devices import on_device
from tallystick.app.devices.on_device import DeviceFolderRefused
from tallystick.identity import devices
from tallystick.ledger import PrivateKey
from tallystick.scanners import (
    Enrolling,
    EnrolmentAway,
    InvitationRefused,
    NodeClient,
    code_png,
    code_text,
    decode,
)


class Shaky(httpx.BaseTransport):
    """Lets through, or not, what a desk would be asked."""

    def __init__(self, desk: Desk, answers: Iterator[str]) -> None:
        self._desk, self._answers = desk, answers

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        said = next(self._answers, "ok")
        if said == "down":
            raise httpx.ConnectError("no route")
        if said == "portal":
            return httpx.Response(200, text="<html>please log in</html>")
        if said == "ill":
            return httpx.Response(503, json={"code": "busy"})
        answer = self._desk.client.request(
            request.method, str(request.url), content=request.read(), headers=request.headers
        )
        return httpx.Response(answer.status_code, content=answer.content)


def test_it_waits_out_a_node_that_is_away(desk: Desk) -> None:
    device, invitation, asked = desk.asks(desk.invite()["address"])
    assert desk.approve(asked.id)[0] == 200
    answers = iter(["down", "portal", "ill", "ok", "down"])
    client = httpx.Client(transport=Shaky(desk, answers), base_url="http://testserver")
    shaky = Enrolling(NodeClient("http://testserver", client), device.key)
    slept: list[float] = []
    done = shaky.wait(invitation, asked.id, steps=9, pause_s=3, sleep=slept.append)
    assert (done.state, done.device) == ("enrolled", gate)
    assert slept == [3.0] * 4, "down, portal, ill, and a signature that did not get through"


def test_it_says_so_when_the_node_stays_away(desk: Desk) -> None:
    device, invitation, asked = desk.asks(desk.invite()["address"])
    client = httpx.Client(transport=Shaky(desk, iter(["down"] * 5)), base_url="http://testserver")
    shaky = Enrolling(NodeClient("http://testserver", client), device.key)
    with pytest.raises(EnrolmentAway):
        shaky.wait(invitation, asked.id, steps=3, sleep=lambda _: None)
    assert device.wait(invitation, asked.id, steps=2, sleep=lambda _: None).state == "requested"


def test_a_lost_answer_loses_no_key(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key is on disk before anybody is asked; a used code is not asked with again."""
    monkeypatch.setattr(on_device, "NodeClient", lambda _url: NodeClient("", desk.client))
    folder, made = tmp_path / "device", desk.invite()
    begun = on_device.ask(folder, made["address"], "Gate 1")
    assert (folder / on_device.key_file).stat().st_mode & 0o077 == 0
    again = on_device.ask(folder, "", "")
    assert again.digits == begun.digits
    assert on_device.go_on(folder, again, 0).state == "requested"
    (waiting,) = desk.enrolments.waiting("99.100/O-CORE000000000")
    assert desk.approve(waiting.row.id)[0] == 200
    assert on_device.go_on(folder, again, 0).state == "enrolled"
    assert '"device":"99.100.1/gate-1"' in (folder / on_device.state_file).read_text()
    assert set(on_device.words) == {"invited", "requested", "approved", "refused", "expired"}


def test_folders_and_codes_that_do_not_go_together(desk: Desk, tmp_path: Path) -> None:
    address = desk.invite()["address"]
    for code, name in ((address, ""), ("", ""), (address, "line\nbreak")):
        with pytest.raises(DeviceFolderRefused):
            on_device.ask(tmp_path / "none", code, name)
    begun = tmp_path / "begun"
    begun.mkdir()
    (begun / on_device.state_file).write_text("{}")
    for code, name in ((address, "Gate"), ("", "")):
        with pytest.raises(DeviceFolderRefused):
            on_device.ask(begun, code, name)
    picture = tmp_path / "nothing.png"
    picture.write_bytes(code_png("https://elsewhere.example/"))
    with pytest.raises(InvitationRefused):
        on_device.ask(tmp_path / "other", str(picture), "Gate")
    with pytest.raises(DeviceFolderRefused, match="go together"):
        on_device._factory(picture, None)


def test_a_factory_key_in_files_signs(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization as form

    made = Factory().device()
    chain, secret = tmp_path / "chain.pem", tmp_path / "factory.pem"
    chain.write_bytes(b"".join(one.public_bytes(form.Encoding.PEM) for one in made.chain))
    secret.write_bytes(
        made.key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    )
    jwk = PrivateKey.generate().public.jwk()
    prove = on_device._factory(chain, secret)
    assert prove is not None
    assert devices.factory.examine(prove(jwk), jwk).certificate
    secret.write_bytes(b"no key")
    with pytest.raises(DeviceFolderRefused):
        on_device._factory(chain, secret)


def test_a_code_is_read_from_its_picture_and_from_a_terminal(tmp_path: Path) -> None:
    text = "https://node.example/scan/enrol#t=" + "A" * 43
    picture = tmp_path / "code.png"
    picture.write_bytes(code_png(text))
    assert [one.text for one in decode(picture)] == [text]
    lines = code_text(text).splitlines()
    assert {len(line) for line in lines} == {len(lines[0])}
    assert len(lines[0]) in (2 * len(lines), 2 * len(lines) - 1)
