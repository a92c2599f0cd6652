"""Standing policies: two sign, the core's own software confirms within the caps, one person stops it at once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.finance.desk import Desk, bank, checker, core, maker, scanner, supplier
from tests.finance.policies.signed import (
    asked,
    confirm,
    confirmation,
    desk,
    foreign,
    friend,
    service,
    sign,
)

from tallystick import finance
from tallystick.finance.errors import NotAMatch, ProposalUnknown, SamePerson
from tallystick.finance.money.dates import money_date
from tallystick.finance.policies import PolicyApprove, PolicyStop
from tallystick.finance.policies.errors import (
    EvidenceTooWeak,
    PolicyCap,
    PolicyEnded,
    PolicyUnknown,
    PolicyWrong,
)
from tallystick.identity import NotEntitled
from tallystick.ledger import RuleError
from tallystick.ledger.rules import OwnKeyRequired
from tallystick.ledger.state import Change


@pytest.fixture
def at() -> Desk:
    return desk()


def test_the_service_issues_what_two_persons_would_have_issued(at: Desk) -> None:
    policy = sign(at)
    by_policy = confirm(at, policy, at.delivered(90_000, "1"), 90_000)
    by_hand = at.approve(at.propose(at.delivered(90_000, "2"), 90_000, "2026-06-01"))
    one, other = at.row("certificate", by_policy), at.row("certificate", by_hand)
    differing = {key for key in {**one, **other} if one.get(key) != other.get(key)}
    assert differing == {"invoice", "index", "policy", "proposal", "evidence"}
    assert (one["policy"], one["evidence"], one["status"]) == (policy, "device", "offered")
    at.accept_certificate(by_policy)
    assert at.balances(by_policy) == {supplier: 90_000}
    assert at.rows("policy-use", policy)["total"] == {"amount": 90_000, "count": 1}


def test_the_rule_recomputes_the_match_whatever_the_service_says(at: Desk) -> None:
    policy = sign(at)
    invoice = at.delivered(90_000)
    with pytest.raises(NotAMatch):
        confirm(at, policy, invoice, 90_001)
    confirm(at, policy, invoice, 60_000)
    with pytest.raises(NotAMatch):
        confirm(at, policy, invoice, 30_001)
    confirm(at, policy, invoice, 30_000)


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"certificate_max": 1_600_00}, PolicyWrong),
        ({"certificate_max": 2_000_01, "day_max": 3_000_00}, PolicyWrong),
        ({"supplier_max": 5_000_01}, PolicyWrong),
        ({"day_max": 5_000_01}, PolicyWrong),
        ({"until": "2027-01-13"}, PolicyWrong),
        ({"until": "2026-01-11"}, PolicyWrong),
        ({"service": scanner(core)}, PolicyWrong),
        ({"service": foreign}, PolicyWrong),
        ({"service": "99.100/D-NOBODY"}, PolicyWrong),
        ({"paying_bank": supplier}, NotEntitled),
        ({"organisation": supplier}, NotEntitled),
        ({"suppliers": (supplier, supplier)}, PolicyWrong),
        ({"suppliers": (core,)}, PolicyWrong),
        ({"suppliers": ("99.100/O-NOBODY",)}, RuleError),
        ({"until": "2026-02-30"}, RuleError),
    ],
)
def test_what_is_no_policy_is_refused_and_changes_nothing(
    at: Desk, changed: dict[str, Any], wrong: type[RuleError]
) -> None:
    before = at.index
    with pytest.raises(wrong):
        at.play("finance.policy.propose/1", maker(core), asked(**changed))
    assert at.index == before
    assert at.state.names("policy-proposal") == []


@pytest.mark.parametrize(
    "changed",
    [{"until": "2027-01-12"}, {"until": "2026-01-12"}, {"total_max": 2_000_00}],
)
def test_the_ends_of_what_is_allowed_are_allowed(at: Desk, changed: dict[str, Any]) -> None:
    assert at.row("standing-policy", sign(at, **changed))["status"] == "in-force"


def test_one_person_signs_no_policy(at: Desk) -> None:
    proposal = at.play("finance.policy.propose/1", maker(core), asked())
    approve = PolicyApprove(proposal=proposal)
    for nobody in (maker(core), service):
        with pytest.raises(NotEntitled):
            at.play("finance.policy.approve/1", nobody, approve)
    with pytest.raises(ProposalUnknown):
        at.play("finance.policy.approve/1", checker(supplier), approve)
    both = {"organisation": core, "roles": ["maker", "checker"]}
    at.state.apply([Change("person", maker(core), both)])
    with pytest.raises(SamePerson):
        at.play("finance.policy.approve/1", maker(core), approve)
    act = at.act("finance.policy.approve/1", checker(core), approve)
    lent = replace(act.signers[0], public=f"public key of {maker(core)}")
    with pytest.raises(SamePerson):
        at.rules.judge(at.state, replace(act, signers=(lent,)))
    with pytest.raises(OwnKeyRequired):
        at.play("finance.policy.approve/1", checker(core), approve, "node")
    at.play("finance.policy.approve/1", checker(core), approve)
    with pytest.raises(ProposalUnknown):
        at.play("finance.policy.approve/1", checker(core), approve)


def test_a_large_policy_takes_as_many_persons_as_its_total_asks_for(at: Desk) -> None:
    tier = {"currency": "CNY", "above": 4_000_00, "persons": 3}
    at.state.apply([Change("control", core, {"tiers": [tier]})])
    sign(at, total_max=4_000_00)
    proposal = at.play("finance.policy.propose/1", maker(core), asked())
    with pytest.raises(RuleError, match="asks for 3 persons"):
        at.play("finance.policy.approve/1", checker(core), PolicyApprove(proposal=proposal))


def test_nobody_but_the_named_service_executes_it(at: Desk) -> None:
    policy, invoice = sign(at), at.delivered(90_000)
    body = confirmation(policy, invoice, 90_000)
    second = "99.100/D-ERP-2"
    at.state.apply([Change("device", second, {"organisation": core, "purpose": "service"})])
    for nobody in (maker(core), checker(core), scanner(core), second):
        with pytest.raises(NotEntitled):
            at.play("finance.policy.confirm/1", nobody, body)
    with pytest.raises(PolicyUnknown):
        at.play("finance.policy.confirm/1", foreign, body)
    with pytest.raises(OwnKeyRequired):
        at.play("finance.policy.confirm/1", service, body, "node")
    granted = at.act("finance.policy.confirm/1", service, body)
    lent = replace(granted.signers[0], owner=maker(core))
    with pytest.raises(RuleError):
        at.rules.judge(at.state, replace(granted, signers=(lent,)))
    at.play("finance.policy.confirm/1", service, body)


@pytest.mark.parametrize("person", [maker(core), checker(core), "99.100/P-OFFICER"])
def test_one_person_stops_it_at_once(at: Desk, person: str) -> None:
    officer = {"organisation": core, "roles": ["administrator"]}
    at.state.apply([Change("person", "99.100/P-OFFICER", officer)])
    policy, invoice = sign(at), at.delivered(90_000)
    stop = PolicyStop(policy=policy, reason="suspected")
    with pytest.raises(PolicyUnknown):
        at.play("finance.policy.stop/1", maker(supplier), stop)
    with pytest.raises(NotEntitled):
        at.play("finance.policy.stop/1", service, stop)
    at.play("finance.policy.stop/1", person, stop)
    assert at.row("standing-policy", policy)["stopped"]["by"] == person
    with pytest.raises(PolicyEnded):
        confirm(at, policy, invoice, 90_000)
    with pytest.raises(PolicyEnded):
        at.play("finance.policy.stop/1", person, stop)


def test_its_last_day_is_a_day_of_its_zone(at: Desk) -> None:
    policy = sign(at, until="2026-01-13")
    first, second = at.delivered(10_000, "1"), at.delivered(10_000, "2")
    at.block("2026-01-13T15:59:59.999Z")
    confirm(at, policy, first, 10_000)
    at.block("2026-01-13T16:00:00.000Z")
    with pytest.raises(PolicyEnded):
        confirm(at, policy, second, 10_000)


def test_each_cap_has_its_own_refusal(at: Desk) -> None:
    policy = sign(at)
    invoices = [at.delivered(100_000, str(n), supplier if n < 5 else friend) for n in range(9)]
    with pytest.raises(PolicyCap, match="certificate: 100001"):
        confirm(at, policy, at.delivered(100_001, "x"), 100_001)
    confirm(at, policy, invoices[0], 100_000)
    with pytest.raises(PolicyCap, match=r"day 2026-01-12: 200000 of 150000"):
        confirm(at, policy, invoices[1], 100_000)
    at.block("2026-01-13T02:00:00.000Z")
    confirm(at, policy, invoices[1], 100_000)
    at.block("2026-01-14T02:00:00.000Z")
    with pytest.raises(PolicyCap, match=f"supplier {supplier}: 300000 of 200000"):
        confirm(at, policy, invoices[2], 100_000)
    confirm(at, policy, invoices[5], 100_000)
    with pytest.raises(PolicyCap, match="due in 181 days"):
        confirm(at, policy, invoices[6], 50_000, due_on="2026-07-14")


def test_an_invoice_in_another_currency_or_of_a_supplier_not_named(at: Desk) -> None:
    named = sign(at, suppliers=(friend,))
    with pytest.raises(PolicyCap, match="is not among its suppliers"):
        confirm(at, named, at.delivered(10_000, "1"), 10_000)
    confirm(at, named, at.delivered(10_000, "2", friend), 10_000)
    dollars = sign(at, currency="USD")
    with pytest.raises(PolicyCap, match="the invoice is in CNY"):
        confirm(at, dollars, at.delivered(10_000, "3"), 10_000)
    with pytest.raises(PolicyWrong, match="no invoice to"):
        confirm(at, named, f"{supplier}#NOTHING", 10_000)


@pytest.mark.parametrize("lowest", ["document", "statement", "device", "traced", "inspected"])
def test_the_lowest_evidence_is_that_of_the_weakest_receipt(at: Desk, lowest: str) -> None:
    policy, invoice = sign(at, evidence=lowest), at.delivered(90_000)
    if lowest in ("traced", "inspected"):
        before = at.index
        with pytest.raises(EvidenceTooWeak, match=f"device, not {lowest}"):
            confirm(at, policy, invoice, 90_000)
        assert at.index == before
    else:
        assert at.row("certificate", confirm(at, policy, invoice, 90_000))["evidence"] == "device"


def test_a_traced_and_an_inspected_receipt_are_called_so(at: Desk) -> None:
    invoice = at.delivered(90_000)
    (line,) = at.state.names("receipt")
    ((part, receipt),) = at.rows("receipt", line).items()
    facts = {**receipt, "facts": ["device", "time", "chain"]}
    at.state.apply([Change("receipt", line, facts, part)])
    policy = sign(at, evidence="traced")
    first = confirm(at, policy, invoice, 30_000)
    despatch = {**at.row("despatch", receipt["despatch"]), "inspected": {"index": 1}}
    at.state.apply([Change("despatch", receipt["despatch"], despatch)])
    second = confirm(at, sign(at, evidence="inspected"), invoice, 30_000)
    found = [at.row("certificate", name)["evidence"] for name in (first, second)]
    assert found == ["traced", "inspected"]


def test_what_is_refused_gives_back_goods_and_not_the_room_of_the_policy(at: Desk) -> None:
    policy, invoice = sign(at), at.delivered(90_000)
    name = confirm(at, policy, invoice, 90_000)
    at.play(
        "finance.certificate.refuse/1", maker(supplier), finance.CertificateRefuse(certificate=name)
    )
    assert at.rows("policy-use", policy)["total"]["amount"] == 90_000
    assert finance.match_invoice(at.state, invoice).confirmable == 90_000


steps = st.lists(
    st.tuples(
        st.sampled_from([supplier, friend]),
        st.integers(1, 600_00),
        st.integers(0, 20),
    ),
    min_size=3,
    max_size=12,
)
zones = st.sampled_from(["Asia/Shanghai", "America/New_York", "Etc/UTC"])


@settings(max_examples=20, deadline=None)
@given(steps, zones)
def test_no_order_of_acts_passes_a_cap(wanted: list[tuple[str, int, int]], zone: str) -> None:
    """A model that only adds says what must be taken; the rule agrees with it, act by act."""
    at = desk()
    caps = {
        "certificate_max": 500_00,
        "supplier_max": 900_00,
        "day_max": 700_00,
        "total_max": 1_400_00,
    }
    policy = sign(at, **caps, zone=zone)
    suppliers: dict[str, int] = defaultdict(int)
    days: dict[str, int] = defaultdict(int)
    total, hour = 0, 2
    for number, (seller, amount, wait) in enumerate(wanted):
        hour += wait
        at.block(f"2026-01-{12 + hour // 24:02d}T{hour % 24:02d}:00:00.000Z")
        day = money_date(at.time, zone)
        fits = (
            amount <= caps["certificate_max"]
            and suppliers[seller] + amount <= caps["supplier_max"]
            and days[day] + amount <= caps["day_max"]
            and total + amount <= caps["total_max"]
        )
        invoice = at.delivered(amount * 1000, f"{number}", seller)
        if fits:
            confirm(at, policy, invoice, amount)
            suppliers[seller] += amount
            days[day] += amount
            total += amount
        else:
            with pytest.raises(PolicyCap):
                confirm(at, policy, invoice, amount)
    used = {part: row["amount"] for part, row in at.rows("policy-use", policy).items()}
    told = {f"supplier {name}": sum_ for name, sum_ in suppliers.items() if sum_}
    told |= {f"day {name}": sum_ for name, sum_ in days.items() if sum_}
    assert used == (told | {"total": total} if total else {})
    issued = [at.row("certificate", name)["face"] for name in at.state.names("certificate")]
    assert sum(issued) == total


def test_an_order_with_a_bank_that_is_none_any_more(at: Desk) -> None:
    proposal = at.play("finance.policy.propose/1", maker(core), asked())
    row = {**at.row("organisation", bank), "capacities": ["supplier"]}
    at.state.apply([Change("organisation", bank, row)])
    with pytest.raises(NotEntitled):
        at.play("finance.policy.approve/1", checker(core), PolicyApprove(proposal=proposal))
