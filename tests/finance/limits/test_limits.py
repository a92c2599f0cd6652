"""Limits: set by two, counted with the lots, refused by name, and a funder's figures for nobody else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.finance.desk import bank, checker, core, digest, maker, other_bank, supplier
from tests.finance.holdings.vault import friend, node
from tests.finance.limits.floor import Floor

from tallystick import finance
from tallystick.finance.errors import ProposalUnknown, QuoteWrong, SamePerson
from tallystick.finance.limits import errors
from tallystick.finance.limits.recount import Difference, differences
from tallystick.identity import NotEntitled
from tallystick.ledger.rules import OwnKeyRequired
from tallystick.ledger.state import Change

face = 10_000_000
funder, on_core, on_supplier = (
    f"funder {bank}", f"funder-core {bank} {core}", f"supplier {bank} {supplier}",
)  # fmt: skip
second_core = "99.100/O-COR2"


@pytest.fixture
def floor() -> Floor:
    made = Floor()
    made.enrol(second_core, "core")
    return made


def test_a_core_confirms_up_to_its_limit_and_what_is_offered_counts(floor: Floor) -> None:
    floor.limit("core", face, subject=core)
    first = floor.delivered(face, "1")
    name = floor.approve(floor.propose(first, face - 1))
    assert floor.taken(f"core {core}") == (face - 1, 0)
    second = floor.delivered(face, "2")
    with pytest.raises(errors.CoreLimitReached, match=f"{face - 1} of {face} CNY used, 2 more"):
        floor.propose(second, 2)
    floor.propose(second, 1)
    floor.check_limits()
    body = finance.CertificateRefuse(certificate=name)
    floor.play("finance.certificate.refuse/1", maker(supplier), body)
    assert floor.taken(f"core {core}") == (0, 0)
    floor.check_limits()


def test_two_proposals_within_the_limit_do_not_both_pass(floor: Floor) -> None:
    floor.limit("core", face, subject=core)
    asked = [floor.propose(floor.delivered(face, number), face) for number in ("1", "2")]
    floor.approve(asked[0])
    with pytest.raises(errors.CoreLimitReached):
        floor.approve(asked[1])
    floor.check_limits()


def test_a_group_is_the_sum_of_its_cores_and_says_no_figure(floor: Floor) -> None:
    floor.limit("group", face, group="STEEL", members=(core, second_core))
    floor.live(face - 5)
    invoice = floor.delivered(face, "2")
    with pytest.raises(errors.GroupLimitReached) as refused:
        floor.propose(invoice, 6)
    assert str(face) not in refused.value.diagnosis()
    floor.propose(invoice, 5)
    with pytest.raises(errors.LimitBelowUse):
        floor.limit("group", 1, group="STEEL", members=(core,), after=1)
    # Whoever leaves the group is not held by it any more.
    floor.limit("group", 1, group="STEEL", members=(second_core,), after=1)
    floor.propose(invoice, 6)
    with pytest.raises(errors.LimitWrong, match="is in"):
        floor.limit("group", face, group="IRON", members=(second_core,))
    floor.check_limits()


def test_a_joining_core_is_held_to_all_currencies_of_the_group(floor: Floor) -> None:
    floor.live(face)
    told = {"group": "STEEL", "members": (second_core,)}
    floor.limit("group", 1, **told)
    with pytest.raises(errors.LimitBelowUse, match="CNY"):
        floor.limit("group", face, currency="EUR", group="STEEL", members=(core,))


def test_an_accepted_quote_reserves_until_the_cents_are_the_funders(floor: Floor) -> None:
    name = floor.live(face)
    for kind, told in (("funder", {}), ("funder-core", {"subject": core})):
        floor.limit(kind, face, **told)
    floor.limit("supplier", 700_000, subject=supplier)
    quote = floor.quote(name, supplier, 600_000, 42_000, "2026-01-12")
    assert floor.taken(funder) == (0, 0)
    floor.take(quote, supplier)
    for limit in (funder, on_core, on_supplier):
        assert floor.taken(limit) == (0, 600_000)
    other = floor.quote(name, supplier, 100_001, 42_000, "2026-01-12")
    with pytest.raises(errors.NotAvailable):
        floor.take(other, supplier)
    floor.disburse(quote, floor.time)
    for limit in (funder, on_core, on_supplier):
        assert floor.taken(limit) == (600_000, 0)
    with pytest.raises(errors.NotAvailable):
        floor.take(other, supplier)
    floor.limit("supplier", 700_001, subject=supplier, after=1)
    floor.take(other, supplier)
    floor.check_limits()


def test_a_lock_that_runs_out_releases_exactly_what_it_reserved(floor: Floor) -> None:
    name = floor.live(face)
    floor.limit("funder", 2_000_000)
    quote = floor.quote(name, supplier, 1_500_000, 42_000, "2026-01-12")
    floor.take(quote, supplier)
    assert floor.taken(funder) == (0, 1_500_000)
    floor.block("2026-01-17T00:00:00.000Z")
    assert floor.row("quote", quote)["status"] == "lapsed"
    assert [floor.taken(limit) for limit in (funder, on_core, on_supplier)] == [(0, 0)] * 3
    floor.check_limits()


def test_the_seller_learns_no_figure_and_no_kind_of_limit(floor: Floor) -> None:
    name = floor.live(face)
    quotes = [floor.quote(name, supplier, 123_400, 42_000, "2026-01-12") for _ in range(3)]
    told = []
    for quote, (kind, more) in zip(
        quotes,
        [("funder", {}), ("funder-core", {"subject": core}), ("supplier", {"subject": supplier})],
        strict=True,
    ):
        floor.limit(kind, 123_399, **more)
        with pytest.raises(errors.NotAvailable) as refused:
            floor.take(quote, supplier)
        told.append(refused.value.diagnosis().replace(quote, "QUOTE"))
        floor.limit(kind, None, after=1, **more)
    assert len(set(told)) == 1
    assert not {"123", "limit", bank} & set(told[0].split())
    assert "12339" not in told[0]


def test_a_bank_that_states_the_currency_is_refused_by_its_own_limit(floor: Floor) -> None:
    name = floor.live(face)
    floor.limit("funder", 150_000)
    with pytest.raises(errors.FunderLimitReached, match="0 of 150000 CNY used or reserved"):
        floor.quote(name, supplier, 150_001, 42_000, "2026-01-12", currency="CNY")
    # In another currency it has set none; and then this is no quote for the certificate.
    quote = floor.quote(name, supplier, 150_001, 42_000, "2026-01-12", currency="EUR")
    with pytest.raises(QuoteWrong, match="is in CNY"):
        floor.take(quote, supplier)


def test_whoever_buys_from_a_funder_buys_within_its_own_limits(floor: Floor) -> None:
    name = floor.live(face)
    floor.financed(name, supplier, 400_000, other_bank)
    assert floor.taken(f"supplier {other_bank} {supplier}") == (400_000, 0)
    floor.limit("supplier", 299_999, subject=supplier)
    sold = floor.sell(name, other_bank, bank, 300_000, 295_000)
    with pytest.raises(errors.FunderLimitReached, match=r"supplier .* 300000 more"):
        floor.buy(sold, bank)
    floor.limit("supplier", 300_000, subject=supplier, after=1)
    floor.buy(sold, bank)
    assert floor.taken(on_supplier) == (300_000, 0)
    assert floor.taken(f"supplier {other_bank} {supplier}") == (100_000, 0)
    floor.check_limits()


def test_a_bank_that_is_owed_for_trade_takes_units_within_its_limits(floor: Floor) -> None:
    name = floor.live(face)
    floor.limit("funder", 199_999)
    offer = floor.offer(name, supplier, bank, 200_000)
    with pytest.raises(errors.FunderLimitReached):
        floor.accept(offer, bank)
    floor.limit("funder", 200_000, after=1)
    floor.accept(offer, bank)
    assert floor.taken(funder) == (200_000, 0)
    assert floor.taken(on_supplier) == (0, 0)
    floor.check_limits()


def test_what_is_paid_or_cancelled_is_used_no_more(floor: Floor) -> None:
    name = floor.live(face)
    floor.financed(name, supplier, 400_000, bank)
    cancelled = floor.cancel(name, 1_000_000)
    floor.answer_cancel("agree", cancelled)
    assert floor.taken(f"core {core}") == (face - 1_000_000, 0)
    floor.check_limits()
    floor.block("2026-07-10T02:00:00.000Z")
    floor.pay(name, face - 1_000_000, floor.time)
    assert floor.taken(f"core {core}") == floor.taken(funder) == (0, 0)
    floor.check_limits()


def test_a_frozen_and_a_pledged_cent_stay_used(floor: Floor) -> None:
    name = floor.live(face)
    floor.pledged(name, supplier, friend, 500_000)
    floor.financed(name, supplier, 400_000, bank)
    floor.freeze(name, bank, 100_000)
    assert floor.taken(f"core {core}") == (face, 0)
    assert floor.taken(funder) == (400_000, 0)
    floor.check_limits()


def test_no_limit_comes_below_what_is_used_and_reserved(floor: Floor) -> None:
    name = floor.live(face)
    floor.financed(name, supplier, 400_000, bank)
    floor.take(floor.quote(name, supplier, 100_000, 42_000, "2026-01-12"), supplier)
    told = f"{funder}: 500000 CNY used or reserved, 499999 asked"
    with pytest.raises(errors.LimitBelowUse, match=told):
        floor.propose_limit("funder", 499_999)
    proposal = floor.propose_limit("funder", 500_000)
    floor.take(floor.quote(name, supplier, 10_000, 42_000, "2026-01-12"), supplier)
    # Judged again when it is approved.
    with pytest.raises(errors.LimitBelowUse, match="510000 CNY"):
        floor.approve_limit(proposal, checker(bank))
    with pytest.raises(errors.LimitBelowUse):
        floor.propose_limit("core", face - 1, subject=core)
    floor.limit("funder", 510_000)
    floor.check_limits()


def test_a_limit_is_set_raised_and_ended_each_by_two(floor: Floor) -> None:
    name = floor.live(face)
    floor.limit("funder", 0)
    quote = floor.quote(name, supplier, 10_000, 42_000, "2026-01-12")
    with pytest.raises(errors.NotAvailable):
        floor.take(quote, supplier)
    with pytest.raises(errors.LimitMovedOn, match="at version 1, this follows 0"):
        floor.propose_limit("funder", 5)
    late = floor.propose_limit("funder", 5, after=1)
    floor.limit("funder", None, after=1)
    with pytest.raises(errors.LimitMovedOn):
        floor.approve_limit(late, checker(bank))
    assert "amount" not in floor.row("limit", funder, "CNY")
    floor.take(quote, supplier)
    versions = floor.rows("limit-version", f"{funder}#CNY")
    assert [row.get("amount") for row in versions.values()] == [0, None]
    assert {row["approver"] for row in versions.values()} == {checker(bank)}


def test_currencies_are_counted_apart(floor: Floor) -> None:
    name = floor.live(face)
    floor.limit("funder", 0, currency="EUR")
    floor.take(floor.quote(name, supplier, 10_000, 42_000, "2026-01-12"), supplier)
    assert floor.taken(funder, "EUR") == (0, 0)
    assert floor.taken(funder) == (0, 10_000)


def test_it_takes_two_persons_with_keys_of_their_own(floor: Floor) -> None:
    proposal = floor.propose_limit("funder", 5)
    with pytest.raises(NotEntitled):
        floor.approve_limit(proposal, maker(bank))
    with pytest.raises(ProposalUnknown):
        floor.approve_limit(proposal, checker(other_bank))
    with pytest.raises(ProposalUnknown):
        floor.approve_limit(digest("nothing"), checker(bank))
    body = finance.LimitApprove(proposal=proposal)
    with pytest.raises(OwnKeyRequired):
        floor.play("finance.limit.approve/1", checker(bank), body, custody="node")
    both = {"organisation": bank, "roles": ["maker", "checker"]}
    floor.state.apply([Change("person", maker(bank), both), Change("person", checker(bank), both)])
    with pytest.raises(SamePerson):
        floor.approve_limit(proposal, maker(bank))
    act = floor.act(
        "finance.limit.approve/1", checker(bank), finance.LimitApprove(proposal=proposal)
    )
    (signer,) = act.signers
    same_key = replace(signer, public=f"public key of {maker(bank)}")
    with pytest.raises(SamePerson):
        floor.rules.judge(floor.state, replace(act, signers=(same_key,)))
    floor.approve_limit(proposal, checker(bank))
    with pytest.raises(ProposalUnknown):
        floor.approve_limit(proposal, checker(bank))


Wrong = Callable[[Floor], Any]


@pytest.mark.parametrize(
    ("propose", "error"),
    [
        (lambda f: f.propose_limit("core", 1), errors.LimitWrong),
        (lambda f: f.propose_limit("group", 1), errors.LimitWrong),
        (lambda f: f.propose_limit("funder", 1, subject=core), errors.LimitWrong),
        (lambda f: f.propose_limit("funder", 1, group="STEEL"), errors.LimitWrong),
        (lambda f: f.propose_limit("core", 1, subject=core, members=(core,)), errors.LimitWrong),
        (lambda f: f.propose_limit("supplier", 1, subject=bank), errors.LimitWrong),
        (
            lambda f: f.propose_limit("group", 1, group="STEEL", members=(core, core)),
            errors.LimitWrong,
        ),
        (lambda f: f.propose_limit("core", 1, subject=supplier), NotEntitled),
        (lambda f: f.propose_limit("group", 1, group="A", members=(supplier,)), NotEntitled),
        (lambda f: f.propose_limit("funder", 1, by=supplier), NotEntitled),
    ],
)
def test_what_no_limit_is(floor: Floor, propose: Wrong, error: type[Exception]) -> None:
    with pytest.raises(error):
        propose(floor)


def test_a_core_is_limited_by_the_node_that_verified_it(floor: Floor) -> None:
    floor.state.apply([Change("prefix", "99.100", {"holder": friend, "role": "node"})])
    with pytest.raises(errors.LimitWrong, match="is not verified by"):
        floor.propose_limit("core", 1, subject=core)
    floor.state.apply([Change("prefix", "99.100", {"holder": node, "role": "node"})])
    body = finance.LimitPropose(kind="core", currency="CNY", amount=1, subject=core, after=0)
    with pytest.raises(NotEntitled):
        floor.play("finance.limit.propose/1", maker(core), body)


def test_a_counter_that_somebody_changed_is_named(floor: Floor) -> None:
    floor.live(face)
    row = floor.row("limit", f"core {core}", "CNY")
    floor.state.apply([Change("limit", f"core {core}", {**row, "used": face - 1}, "CNY")])
    assert list(differences(floor.state)) == [
        Difference(f"core {core}", "CNY", "used", found=face - 1, recounted=face)
    ]
