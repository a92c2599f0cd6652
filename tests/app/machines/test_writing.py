"""What a program writes: as its organisation, within its scopes and its key's types, and never an act of an own key."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from fastapi import Request
from tests.app.machines.conftest import Asked

from tallystick.app.machines.errors import NoHeldKey, ScopeMissing
from tallystick.app.machines.principal import Principal, note
from tallystick.app.machines.scopes import scopes
from tallystick.app.machines.writing import MachinePen, administrator
from tallystick.app.writing import Pens
from tallystick.identity import AddKey, AddPerson, CreateHandles, HandleRecord, HandPrefix, Said
from tallystick.ledger import Answer, PrivateKey, Submission


@dataclass
class Log:
    asked: Asked
    taken: list[Submission] = field(default_factory=list)

    def submit(self, submissions: list[Submission]) -> list[Answer]:
        self.taken += submissions
        return self.asked.book.append(submissions)


@pytest.fixture
def log(asked: Asked) -> Log:
    return Log(asked)


@pytest.fixture
def pens(asked: Asked, log: Log) -> Pens:
    return Pens(asked.node, log, asked.book.origin, asked.book.clock)


def principal(asked: Asked, **more: Any) -> Principal:
    told = Principal(
        asked.organisation, frozenset(scopes), "token", "C-0000000000000", asked.organisation
    )
    return replace(told, **more)


def asks(told: Principal) -> Request:
    scope: dict[str, Any] = {"type": "http", "method": "PUT", "path": "/", "headers": []}
    request = Request(scope)
    note(request, told)
    return request


def create(name: str) -> Said:
    record = HandleRecord(handle=f"99.7/{name}", values=())
    return Said("identity.handle.create/1", CreateHandles(handles=(record,)))


def test_a_pen_writes_what_scopes_and_types_allow(asked: Asked, pens: Pens, log: Log) -> None:
    made = administrator(asks(principal(asked)), pens)
    assert made is not None
    assert (made.pen.author, made.pen.organisation) == (asked.organisation, asked.organisation)
    assert made.identity == f"300:{asked.organisation}"
    (answer,) = made.pen.write([create("PEN-1")])
    assert answer.outcome == "accepted"
    narrow = (
        {"scopes": frozenset({"identity:read", "finance:write"})},
        {"types": ("identity.key.add/1", "trace.*")},
    )
    for more in narrow:
        pen = MachinePen(pens.of(asked.organisation), principal(asked, **more))
        taken = len(log.taken)
        with pytest.raises(ScopeMissing):
            pen.write([create("PEN-2"), create("PEN-3")])
        assert len(log.taken) == taken


def test_whoever_is_nobodys_program_gets_no_pen(asked: Asked, pens: Pens) -> None:
    scope: dict[str, Any] = {"type": "http", "method": "PUT", "path": "/", "headers": []}
    assert administrator(Request(scope), pens) is None
    for more in ({"author": "99/O-NOBODY00000"}, {"organisation": asked.other}):
        with pytest.raises(NoHeldKey):
            administrator(asks(principal(asked, **more)), pens)


def test_acts_that_ask_for_an_own_key_are_refused_whatever_the_scopes(
    asked: Asked, pens: Pens
) -> None:
    """Formats §10: the node with all keys that it holds cannot do them, and so no program can."""
    service = asked.device("HELD", "service")
    asked.key(service, custody="node")
    made = administrator(asks(principal(asked, author=service)), pens)
    assert made is not None
    new = PrivateKey.generate().public.jwk()
    acts = (
        Said("identity.prefix.hand/1", HandPrefix(prefix="99.7", holder=asked.other)),
        Said(
            "identity.person.add/1",
            AddPerson(person="99.7/P-1", organisation=asked.organisation, roles=("maker",)),
        ),
        Said(
            "identity.key.add/1",
            AddKey(key=f"305:{service}", jwk=new, custody="self", types=("*",)),
        ),
    )
    size = asked.size()
    for act in acts:
        (answer,) = made.pen.write([act])
        assert answer.problem is not None
        assert answer.problem.code == "own-key-required", act.type
    assert asked.size() == size
    (answer,) = made.pen.write([create("HELD-1")])
    assert answer.outcome == "accepted"
