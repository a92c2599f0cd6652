"""Amount tiers of an organisation, and what a suspended one may still do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.finance.desk import Desk, checker, core, maker, supplier

from tallystick import finance, identity
from tallystick.identity import MorePersonsNeeded, OrganisationSuspended
from tallystick.ledger import Act, Body, Change, RuleError, RuleSet, Signer

friend, face = "99.100/O-FRIEND", 10_000_00
promises = {
    "finance.bid.open/1",
    "finance.bid.seal/1",
    "finance.conditions.approve/1",
    "finance.conditions.propose/1",
    "finance.advance.draw/1",
    "finance.facility.accept/1",
    "finance.facility.approve/1",
    "finance.facility.propose/1",
    "finance.facility.request/1",
    "finance.guarantee.amend/1",
    "finance.guarantee.approve/1",
    "finance.guarantee.propose/1",
    "finance.guarantee.request/1",
    "finance.interest.approve/1",
    "finance.interest.propose/1",
    "finance.insurance.approve/1",
    "finance.insurance.propose/1",
    "finance.match.release.approve/1",
    "finance.match.release.propose/1",
    "finance.policy.approve/1",
    "finance.policy.confirm/1",
    "finance.policy.propose/1",
    "finance.tender.open/1",
    "finance.tolerances.approve/1",
    "finance.tolerances.propose/1",
    "finance.waiver.register/1",
    "finance.agree/1",
    "finance.contract/1",
    "finance.contract.supplement/1",
    "finance.order.change/1",
    "finance.order/1",
    "finance.confirm.propose/1",
    "finance.confirm.approve/1",
    "finance.transfer.offer/1",
    "finance.pledge.offer/1",
    "finance.lock/1",
    "finance.quote/1",
    "finance.quote.accept/1",
    "finance.subcontract/1",
    "finance.statement.answer/1",
    "finance.statement.propose/1",
}


@pytest.fixture
def desk() -> Desk:
    made = Desk([friend])
    full = RuleSet()
    identity.register(full)
    made.rules.guard = full.guard
    return made


def tiers(desk: Desk, organisation: str, *found: tuple[int, int]) -> None:
    rows = [{"currency": "CNY", "above": above, "persons": persons} for above, persons in found]
    desk.state.apply([Change("control", organisation, {"tiers": rows})])


def two_keys(desk: Desk, organisation: str, above: int) -> None:
    rows = [{"currency": "CNY", "above": above, "persons": 1, "keys": 2}]
    desk.state.apply([Change("control", organisation, {"tiers": rows})])


def signed(desk: Desk, kind: str, author: str, body: Body, *more: Signer) -> str:
    """`accepted`, or the code of the refusal."""
    act: Act[Any] = desk.act(kind, author, body)
    act = replace(act, signers=(*act.signers, *more))
    try:
        desk.state.apply(desk.rules.judge(desk.state, act))
    except RuleError as error:
        return error.code
    return "accepted"


def endorsement(person: str, custody: str = "self") -> Signer:
    return Signer(f"300:{person}", person, custody, f"public key of {person}", speaks=False)


def traded(desk: Desk) -> str:
    """A certificate whose holder has a contract with the friend."""
    desk.hop(supplier, friend, face)
    return desk.live(face)


def offer(desk: Desk, name: str, amount: int) -> finance.TransferOffer:
    owed = desk.hop(supplier, friend, amount)
    return finance.TransferOffer(
        certificate=name, amount=amount, to=friend, evidence=(owed,), valid_hours=24
    )


def test_above_a_tier_an_offer_takes_further_persons(desk: Desk) -> None:
    name = traded(desk)
    tiers(desk, supplier, (300_000, 2), (500_000, 3))
    kind, by, body = "finance.transfer.offer/1", maker(supplier), offer(desk, name, 300_001)
    second = checker(supplier)
    assert signed(desk, kind, by, offer(desk, name, 300_000)) == "accepted"
    assert signed(desk, kind, by, body) == "more-persons-needed"
    again = replace(endorsement(by), key=f"301:{by}", public="another key")
    assert signed(desk, kind, by, body, again) == "more-persons-needed"
    assert signed(desk, kind, by, body, endorsement(maker(core))) == "more-persons-needed"
    assert signed(desk, kind, by, body, endorsement(second, "node")) == "more-persons-needed"
    assert signed(desk, kind, by, body, endorsement(second)) == "accepted"
    assert signed(desk, kind, by, offer(desk, name, 500_001), endorsement(second)) == (
        "more-persons-needed"
    )


def test_above_a_tier_the_author_signs_by_two_keys(desk: Desk) -> None:
    name = traded(desk)
    two_keys(desk, supplier, 300_000)
    kind, by, body = "finance.transfer.offer/1", maker(supplier), offer(desk, name, 300_001)
    spare = Signer(f"301:{by}", by, "self", "another key", speaks=True)
    assert signed(desk, kind, by, offer(desk, name, 300_000)) == "accepted"
    assert signed(desk, kind, by, body) == "second-key-needed"
    # Neither the same key under another name, nor one of the node, nor somebody else's.
    for other in (
        replace(spare, public=f"public key of {by}"),
        replace(spare, custody="node"),
        replace(spare, owner=checker(supplier)),
        replace(spare, speaks=False),
    ):
        assert signed(desk, kind, by, body, other) == "second-key-needed"
    assert signed(desk, kind, by, body, spare) == "accepted"


def test_whoever_is_suspended_or_left_does_not_count(desk: Desk) -> None:
    name = traded(desk)
    tiers(desk, supplier, (300_000, 2))
    second = checker(supplier)
    row = {"organisation": supplier, "roles": ["checker"]}
    for gone in ({"suspended": {"time": desk.time}}, {"left": {"index": 1}}):
        desk.state.apply([Change("person", second, {**row, **gone})])
        told = signed(
            desk,
            "finance.transfer.offer/1",
            maker(supplier),
            offer(desk, name, 300_001),
            endorsement(second),
        )
        assert told == "more-persons-needed"


def test_the_makers_proposal_counts_for_a_confirmation(desk: Desk) -> None:
    first, second = desk.delivered(face), desk.delivered(face, "2")
    tiers(desk, core, (1, 2))
    desk.approve(desk.propose(first, face))
    tiers(desk, core, (1, 3))
    proposal = desk.propose(second, face)
    with pytest.raises(MorePersonsNeeded):
        desk.approve(proposal)


def test_a_tier_of_another_currency_says_nothing(desk: Desk) -> None:
    rows = [{"currency": "USD", "above": 0, "persons": 2}]
    desk.state.apply([Change("control", supplier, {"tiers": rows})])
    desk.offer(desk.live(face), supplier, friend, face)


def test_these_are_promises_and_no_others(desk: Desk) -> None:
    assert {name for name, found in desk.rules.types.items() if found.promise} == promises


def test_a_suspended_organisation_accepts_and_refuses_but_promises_nothing(desk: Desk) -> None:
    name = desk.approve(desk.propose(desk.delivered(face), face))
    suspended = {**desk.row("organisation", supplier), "suspended": {"reason": "fraud"}}
    desk.state.apply([Change("organisation", supplier, suspended)])
    desk.accept_certificate(name)
    with pytest.raises(OrganisationSuspended):
        desk.offer(name, supplier, friend, face)
