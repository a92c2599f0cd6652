"""Natively everybody reads as over HTTP: a person in its roles, programs as programs, and nobody who is gone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from tests.identity.grades.test_fields import firm, phone, price, template, thing
from tests.identity.native.rig import over, serving
from tests.identity.people.firm import add, code, first
from tests.ledger.world import World, core, key

from tallystick.app.reads.seen import Looked
from tallystick.identity import AddDevice, LeavePerson, SuspendPerson, native
from tallystick.identity.grades import RaiseGrade
from tallystick.identity.native.errors import authentication_failed
from tallystick.identity.native.present import fresh_ms
from tallystick.ledger import Reader

__all__ = ["firm"]
storekeeper, clerk = "99.100/P-STORE00000000", "99.100/P-CLERK00000000"
program, scanner = "99.100.1/ERP-1", "99.100.1/scanner-1"


@pytest.fixture
def port(firm: World) -> Iterator[int]:
    with serving(firm) as found:
        yield found


def joined(firm: World, person: str, role: str) -> None:
    assert add(firm, first, person, role) == "accepted"
    firm.add_key(first, person)


def read(port: int, who: str) -> dict[int, object]:
    """Values by index."""
    answer = over(port, "tcp", key=key(f"300:{who}")).ask(thing, (1, 2, 3))
    return {value.index: value.value for value in answer.values}


def rest() -> None:
    """Until no snapshot of before answers any more."""
    time.sleep(2 * fresh_ms / 1000)


def refused(port: int, who: str) -> int:
    """The code of the answer."""
    return over(port, "tcp", key=key(f"300:{who}")).ask(thing, (1, 2, 3)).code


def test_roles_decide_what_is_in_the_clear(firm: World, port: int) -> None:
    joined(firm, storekeeper, "warehouse")
    works = {1: "Works", 3: price}
    assert read(port, core) == read(port, first) == works | {2: phone}
    assert read(port, storekeeper) == works


def test_a_raised_grade_is_followed(firm: World, port: int) -> None:
    joined(firm, storekeeper, "warehouse")
    body = RaiseGrade(
        organisation=core, thing=f"template:1:{template}#3", grade="restricted", reason="risk"
    )
    assert code(firm, first, "grade.raise", body) == "accepted"
    rest()
    assert read(port, storekeeper) == {1: "Works"}
    whole = RaiseGrade(
        organisation=core, thing="type:identity.handle.create/1", grade="core", reason="risk"
    )
    assert code(firm, first, "grade.raise", whole) == "accepted"
    rest()
    assert read(port, first) == {1: "Works"}
    assert read(port, core) == {1: "Works", 2: phone, 3: price}


def test_a_service_reads_as_a_program_and_a_scanner_not_at_all(firm: World, port: int) -> None:
    add = AddDevice(device=program, organisation=core, purpose="service")
    assert code(firm, first, "device.add", add) == "accepted"
    firm.add_key(first, program, types=("identity.*",))
    assert read(port, program) == {1: "Works", 3: price}
    assert refused(port, scanner) == authentication_failed


def test_whoever_is_suspended_or_has_left_reads_nothing(firm: World, port: int) -> None:
    joined(firm, storekeeper, "warehouse")
    joined(firm, clerk, "warehouse")
    assert read(port, storekeeper)[3] == price == read(port, clerk)[3]
    suspend = SuspendPerson(person=storekeeper, reason="suspected")
    assert code(firm, first, "person.suspend", suspend) == "accepted"
    leave = LeavePerson(person=clerk, reason="left")
    assert code(firm, first, "person.leave", leave) == "accepted"
    rest()
    assert [refused(port, gone) for gone in (storekeeper, clerk)] == [authentication_failed] * 2


def test_roles_that_read_no_records_read_none(firm: World) -> None:
    joined(firm, storekeeper, "warehouse")
    only = native.Admission(read_by=frozenset({"administrator"}))
    with serving(firm, admission=only) as port:
        assert read(port, first)[2] == phone
        assert refused(port, storekeeper) == authentication_failed


def test_it_is_noted_whose_key_read_what(firm: World) -> None:
    noted: list[tuple[str, str, Looked]] = []

    @contextmanager
    def noting(asker: native.Asker, handle: str) -> Iterator[Reader]:
        looked = Looked()
        yield asker.reader.noting(looked)
        noted.append((asker.handle, handle, looked))

    with serving(firm, admission=native.Admission(noting=noting)) as port:
        read(port, first)
        over(port, "tcp").ask(thing, (1,))
    ((who, handle, looked),) = noted
    assert (who, handle) == (first, thing)
    assert core in looked.parties
    assert {"parties", "restricted"} <= looked.grades
