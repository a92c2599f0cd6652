"""Random acts of officers, others and keys: no one person ever changes who may bind an organisation."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from tests.ledger.world import rule_set

from tallystick.identity import (
    AddPerson,
    Decide,
    Dismiss,
    FoundOrganisation,
    GiveRoles,
    LeavePerson,
    Propose,
    Readmit,
    SetControl,
    SuspendPerson,
    Tier,
)
from tallystick.identity.people import members
from tallystick.ledger import Act, Body, Change, MemoryState, RuleError, Signer

firm, node = "99.100/O-FIRM", "99/O-NODE"
people = [f"99.100/P-{letter}" for letter in "ABCDE"]
handles = st.sampled_from(people[:4])
authors = st.sampled_from([*people[:2] * 4, *people[2:], firm, node])
roles = st.lists(
    st.sampled_from(["maker", "checker", "warehouse", "administrator", "security-administrator"]),
    max_size=3,
    unique=True,
).map(tuple)
#: Whoever left or is suspended says nothing more, and a run would be over soon.
seldom = st.integers(0, 15).map(lambda drawn: drawn == 7)
approved_min = 8


class People(RuleBasedStateMachine):
    acts = 0
    approved = 0

    def __init__(self) -> None:
        super().__init__()
        self.judging, self.state, self.index = rule_set(), MemoryState(), 0
        self.now = datetime(2026, 1, 1)
        self.proposed: dict[str, str] = {}
        self.state.apply(
            [
                Change("organisation", handle, {"name": {}, "scheme": "none", "verified": True,
                                                "node": prefix, "capacities": ["node"]})
                for handle, prefix in ((node, "99"), (firm, "99.100"))
            ]
        )  # fmt: skip
        self.state.apply(
            [Change("prefix", p, {"holder": node, "role": "root"}) for p in ("99", "99.100")]
        )
        for person, role in zip(
            people[:2], ("administrator", "security-administrator"), strict=True
        ):
            self.do(firm, "person.add", AddPerson(person=person, organisation=firm, roles=(role,)))  # type: ignore[arg-type]
        self.do(firm, "organisation.found", FoundOrganisation(organisation=firm))
        self.before = self.binding()

    def do(self, author: str, kind: str, body: Body) -> str | None:
        """The payload hash, if it was accepted."""
        People.acts += 1
        self.index += 1
        name = hashlib.sha256(str(self.index).encode()).hexdigest()
        time = self.now.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        act: Act[Any] = Act(
            self.index, f"identity.{kind}/1", author, "id", name, time, body,
            (Signer(f"300:{author}", author, "self", "p"),),
        )  # fmt: skip
        try:
            effects = self.judging.judge(self.state, act)
        except RuleError:
            return None
        self.state.apply(effects)
        return name

    def binding(self) -> dict[str, frozenset[str]]:
        """Who may bind the firm, and by which roles."""
        return {
            handle: has & members.signatory_roles
            for handle, has in members.of(self.state, firm).items()
            if has & members.signatory_roles
        }

    def same_as_before(self) -> None:
        assert self.binding() == self.before

    @rule(by=authors, person=handles, has=roles)
    def add(self, by: str, person: str, has: tuple[str, ...]) -> None:
        if has:
            self.do(by, "person.add", AddPerson(person=person, organisation=firm, roles=has))  # type: ignore[arg-type]
        self.same_as_before()

    @rule(by=authors, person=handles, has=roles, kind=st.integers(0, 3))
    def offer(self, by: str, person: str, has: tuple[str, ...], kind: int) -> None:
        self.propose(by, person, has, kind)

    def propose(self, by: str, person: str, has: tuple[str, ...], kind: int) -> None:
        what: Any = [
            GiveRoles(kind="roles", person=person, roles=has),  # type: ignore[arg-type]
            Dismiss(kind="dismiss", person=person, reason="dismissed"),
            Readmit(kind="readmit", person=person),
            SetControl(kind="control", tiers=(Tier(currency="CNY", above=1, persons=2),)),
        ][kind]
        name = self.do(by, "propose", Propose(organisation=firm, what=what))
        if name is not None:
            self.proposed[name] = by
        self.same_as_before()

    @rule(first=authors, second=authors, person=handles, has=roles, kind=st.integers(0, 3))
    def agree(self, first: str, second: str, person: str, has: tuple[str, ...], kind: int) -> None:
        self.propose(first, person, has, kind)
        self.decide(second, 0, 0)

    @rule(by=authors, which=st.integers(0, 2), days=st.integers(0, 4))
    def answer(self, by: str, which: int, days: int) -> None:
        self.decide(by, which, days)

    def decide(self, by: str, which: int, days: int) -> None:
        self.now += timedelta(days=days)
        newest = list(self.proposed)[::-1]
        for name in newest[which : which + 1]:
            alone = members.with_role(self.state, firm, members.signatory_roles) == {by}
            row: Any = self.state.get("pending", name)
            if self.do(by, "decide", Decide(proposal=name, decision="approve")) is None:
                self.same_as_before()
                continue
            People.approved += 1
            waited = self.now.strftime("%Y-%m-%dT%H:%M:%S.000Z") >= row.get("after", "9")
            assert by != self.proposed[name] or (alone and waited)
            assert by in people or by == node
            self.before = self.binding()

    @rule(by=authors, person=handles, seldom=seldom)
    def leave(self, by: str, person: str, seldom: bool) -> None:
        """Only of one's own accord, if one can bind the firm."""
        if not seldom:
            return
        done = self.do(by, "person.leave", LeavePerson(person=person, reason="left"))
        if done is not None and person in self.before:
            assert by == person
            del self.before[person]
        self.same_as_before()

    @rule(by=authors, person=handles, seldom=seldom)
    def suspend(self, by: str, person: str, seldom: bool) -> None:
        if not seldom:
            return
        self.do(by, "person.suspend", SuspendPerson(person=person, reason="absent"))
        self.same_as_before()

    @invariant()
    def roles_are_apart(self) -> None:
        found = members.of(self.state, firm)
        for has in found.values():
            members.check_roles(has, alone=len(found) == 1)

    @invariant()
    def somebody_decides(self) -> None:
        found = members.of(self.state, firm)
        assert not found or members.with_role(self.state, firm, members.officer_roles)


def test_no_one_person_changes_who_binds_the_firm() -> None:
    run_state_machine_as_test(
        People,
        settings=settings(
            max_examples=40, stateful_step_count=40, deadline=None, phases=[Phase.generate]
        ),
    )
    assert People.acts > 500
    assert People.approved >= approved_min
