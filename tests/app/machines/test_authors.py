"""A client outlives neither the service device nor the person as whom it writes."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
from tests.app.machines.conftest import Asked

from tallystick.app.machines.authors import Authors
from tallystick.identity import AddDevice, AddPerson, LeavePerson, SuspendPerson, devices
from tallystick.ledger import Author, SigningKey

root, listed = "99/O-ROOT000000000", "/finance/v1/certificates"


def retired(asked: Asked, device: str, key: SigningKey) -> None:
    asked.say(root, "identity.device.retire/1", devices.RetireDevice(device=device, reason="lost"))


def cloned(asked: Asked, device: str, key: SigningKey) -> None:
    """Two entries with one place in the stream of the device."""
    writer = Author(asked.book.origin, device, key, asked.book.clock)
    shown = []
    for purpose in ("service", "scanner"):
        body = AddDevice(device=device, organisation=asked.organisation, purpose=purpose)
        written = writer.write("identity.device.add/1", body, seq=0, prev="0" * 64)
        shown.append(base64.b64encode(written.envelope).decode())
    proof = devices.SuspendDevice(device=device, first=shown[0], second=shown[1])
    asked.say(root, devices.suspend_type, proof)


def opens(asked: Asked, token: str) -> tuple[int, str]:
    asked.door.tokens.authors.forget()
    answer = asked.client.get(listed, headers={"Authorization": f"Bearer {token}"})
    return answer.status_code, answer.json().get("code", "")


def refused(asked: Asked, client: str, secret: str) -> None:
    answer = asked.ask_token(client, secret)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("ends", [retired, cloned])
def test_a_device_that_has_ended_reads_nothing(
    asked: Asked, ends: Callable[[Asked, str, SigningKey], None]
) -> None:
    device = asked.device(f"ENDS-{ends.__name__.upper()}", "service")
    key = asked.key(device)
    (client, secret), (other, password) = asked.add(author=device), asked.add()
    token, beside = asked.token(client, secret), asked.token(other, password)
    assert opens(asked, token) == (200, "")
    ends(asked, device, key)
    assert opens(asked, token) == (401, "access-token-taken-back")
    refused(asked, client.id, secret)
    assert opens(asked, beside) == (200, "")


def test_a_fresh_key_is_the_way_back_of_a_clone(asked: Asked) -> None:
    device = asked.device("BACK", "service")
    client, secret = asked.add(author=device)
    token = asked.token(client, secret)
    cloned(asked, device, asked.key(device))
    assert opens(asked, token)[0] == 401
    asked.key(device, 302)
    assert opens(asked, token) == (200, "")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("leave", lambda who: LeavePerson(person=who, reason="left")),
        ("suspend", lambda who: SuspendPerson(person=who, reason="key-lost")),
    ],
)
def test_a_person_that_has_gone_reads_nothing(asked: Asked, kind: str, body: Any) -> None:
    person = f"99/P-GOES{kind.upper():09}"
    added = AddPerson(person=person, organisation=asked.organisation, roles=("warehouse",))
    asked.say(root, "identity.person.add/1", added)
    client, secret = asked.add(author=person)
    token = asked.token(client, secret)
    assert opens(asked, token) == (200, "")
    asked.say(root, f"identity.person.{kind}/1", body(person))
    assert opens(asked, token) == (401, "access-token-taken-back")
    refused(asked, client.id, secret)


def test_nobody_waits_longer_than_a_second_for_it(asked: Asked) -> None:
    now = [0]
    authors = Authors(asked.node.reader, lambda: now[0])
    device = asked.device("SOON", "service")
    key = asked.key(device)
    assert authors.stand(device)
    assert not authors.stand("99/O-NOBODY0000000")
    retired(asked, device, key)
    now[0] = 999_999_999
    assert authors.is_fresh()
    assert authors.stand(device)
    now[0] = 1_000_000_000
    assert not authors.is_fresh()
    assert not authors.stand(device)
