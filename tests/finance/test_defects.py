"""Every defect that was found in other systems (research §3), as a test with its story."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from tests.finance.desk import (
    Desk,
    bank,
    checker,
    core,
    maker,
    other_bank,
    supplier,
)

from tallystick import finance
from tallystick.finance.errors import (
    AlreadyFinanced,
    BelowMinimum,
    CertificateUnknown,
    DateRefused,
    DocumentUnknown,
    DocumentWrong,
    DueDateRefused,
    Ended,
    EvidenceWrong,
    Matured,
    NotAMatch,
    NotDue,
    NotEnoughFree,
    NotPayingBank,
    OfferUnknown,
    OverPayment,
    ProposalUnknown,
    QuoteUnknown,
    QuoteWrong,
    SameParty,
    SamePerson,
    TermReasonMissing,
    WrongStatus,
)
from tallystick.finance.financing.errors import RegistrationWrong
from tallystick.finance.financing.quotes import last_zone
from tallystick.finance.money.dates import money_date
from tallystick.finance.receivables.acts import Zone
from tallystick.identity import NotEntitled
from tallystick.ledger import canonical as ledger_json
from tallystick.ledger.rules import BodyRefused, OwnKeyRequired
from tallystick.ledger.state import Change
from tallystick.trace import canonical

face = 900_000_000
friend, other = "99.100/O-FRIEND", "99.100/O-OTHER"
maturity = "2026-07-10T03:00:00.000Z"
value_on, paid_at = "2026-03-16", "2026-03-15T16:30:00.000Z"


@pytest.fixture
def desk() -> Desk:
    return Desk([friend, other])


@pytest.fixture
def live(desk: Desk) -> str:
    return desk.live(face)


def test_settling_twice_pays_once(desk: Desk, live: str) -> None:
    """FISCO Supplychain.sol: `settle` had no status check."""
    desk.time = maturity
    desk.pay(live, face, maturity)
    before = dict(desk.state.documents())
    with pytest.raises(WrongStatus):
        desk.pay(live, face, maturity)
    assert dict(desk.state.documents()) == before


def test_nobody_becomes_core_by_calling_a_function(desk: Desk) -> None:
    """FISCO Supplychain.sol: anyone could call the misnamed constructor."""
    invoice = desk.delivered(face)
    for author in (maker(supplier), checker(core), core):
        with pytest.raises(NotEntitled):
            desk.play("finance.confirm.propose/1", author, proposal(invoice))
    with pytest.raises(DocumentUnknown):
        desk.play("finance.confirm.propose/1", maker(bank), proposal(invoice))
    found = dict(desk.row("organisation", core))
    desk.state.apply([finance_change(core, {**found, "capacities": ["supplier"]})])
    with pytest.raises(NotEntitled, match="registered as core"):
        desk.propose(invoice, face)


def finance_change(handle: str, document: dict[str, Any]) -> Any:
    from tallystick.ledger.state import Change

    return Change("organisation", handle, document)


def proposal(invoice: str, **more: Any) -> finance.ConfirmPropose:
    fields: dict[str, Any] = {
        "invoice": invoice,
        "amount": face,
        "currency": "CNY",
        "due_on": "2026-07-10",
        "paying_bank": bank,
        "lines": (finance.ConfirmLine(line=1, amount=face),),
    }
    return finance.ConfirmPropose(**{**fields, **more})


def test_balances_never_underflow(desk: Desk, live: str) -> None:
    """FISCO Supplychain.sol: `balances -= amount` on unsigned integers."""
    for holder, amount in ((supplier, face + 1), (bank, 10_000)):
        with pytest.raises(NotEnoughFree):
            desk.offer(live, holder, other, amount)
    with pytest.raises(CertificateUnknown):
        desk.offer(live, friend, other, 10_000)
    for amount in (0, -1, 10**11 + 1):
        with pytest.raises(ValueError, match="amount"):
            desk.offer(live, supplier, other, amount)


def test_financing_is_never_at_par_by_default(desk: Desk, live: str) -> None:
    """FISCO Supplychain.sol financed at par: here discount and net follow from stated terms."""
    for wrong in ({"discount": 0, "net": face}, {"days": 117}, {"due_on": "2026-07-11"}):
        with pytest.raises(QuoteWrong):
            desk.quote(live, supplier, face, 42_000, value_on, **wrong)


def test_the_same_units_are_not_financed_twice(desk: Desk, live: str) -> None:
    """ERPNext #18287: the same invoice was discounted twice."""
    desk.time = paid_at
    first = desk.quote(live, supplier, face, 42_000, value_on)
    second = desk.quote(live, supplier, face, 41_000, value_on, by=other_bank)
    desk.take(first, supplier)
    with pytest.raises(AlreadyFinanced):
        desk.take(second, supplier)
    desk.disburse(first, paid_at)
    for again in (first, second):
        with pytest.raises((AlreadyFinanced, Ended)):
            desk.take(again, supplier)
    with pytest.raises(Ended):
        desk.disburse(first, paid_at)
    desk.transfer(live, bank, supplier, face)
    with pytest.raises(AlreadyFinanced):
        desk.take(second, supplier)


def test_one_invoice_line_is_confirmed_once(desk: Desk) -> None:
    invoice = desk.delivered(face)
    first, second = desk.propose(invoice, face), desk.propose(invoice, face)
    desk.approve(first)
    with pytest.raises(NotAMatch):
        desk.approve(second)
    with pytest.raises(ProposalUnknown):
        desk.approve(first)


def test_no_transfer_to_oneself_or_to_the_debtor(desk: Desk, live: str) -> None:
    for to in (supplier, core):
        with pytest.raises(SameParty):
            desk.offer(live, supplier, to, 10_000)
    with pytest.raises(SameParty):
        desk.quote(live, bank, 10_000, 42_000, value_on)


def test_the_creditor_cannot_block_payment(desk: Desk, live: str) -> None:
    """Corda obligation: the lender had to sign settlement and could force a default."""
    desk.offer(live, supplier, friend, face)
    desk.time = maturity
    desk.pay(live, face, maturity)
    assert desk.row("certificate", live)["status"] == "settled"
    assert [row["holder"] for row in desk.rows("payout", live).values()] == [supplier]


def test_who_does_not_pay_is_in_arrears_without_saying_so(desk: Desk, live: str) -> None:
    """Corda obligation: the borrower had no way to default; Fabric commercial paper never looked at the due date."""
    with pytest.raises(NotDue):
        desk.pay(live, face, "2026-07-01T03:00:00.000Z")
    desk.block("2026-07-11T16:00:00.000Z")
    assert desk.row("arrears", live)["status"] == "overdue"
    with pytest.raises(Matured):
        desk.offer(live, supplier, friend, 10_000)


def test_nothing_after_settlement_changes_balances(desk: Desk, live: str) -> None:
    """I15."""
    offer = desk.offer(live, supplier, friend, face)
    desk.time = maturity
    desk.pay(live, face, maturity)
    settled = desk.rows("holding", live)
    for act in (
        lambda: desk.accept(offer, friend),
        lambda: desk.offer(live, supplier, friend, face),
        lambda: desk.accept_certificate(live),
    ):
        with pytest.raises((Ended, WrongStatus)):
            act()
    desk.block("2026-08-30T00:00:00.000Z")
    assert desk.rows("holding", live) == settled


def test_maker_and_checker_are_two_persons(desk: Desk) -> None:
    invoice = desk.delivered(face)
    both = {"organisation": core, "roles": ["maker", "checker"]}
    from tallystick.ledger.state import Change

    desk.state.apply([Change("person", maker(core), both)])
    found = desk.propose(invoice, face)
    with pytest.raises(SamePerson):
        desk.approve(found, maker(core))
    with pytest.raises(ProposalUnknown):
        desk.approve(found, maker(bank))
    desk.approve(found)


def test_nothing_moves_before_acceptance(desk: Desk) -> None:
    """I9."""
    name = desk.approve(desk.propose(desk.delivered(face), face))
    with pytest.raises(WrongStatus):
        desk.offer(name, supplier, friend, face)
    quote = desk.quote(name, supplier, face, 42_000, value_on)
    with pytest.raises(WrongStatus):
        desk.take(quote, supplier)
    with pytest.raises(CertificateUnknown):
        desk.accept_certificate(name, friend)


def test_only_the_named_party_answers_once(desk: Desk, live: str) -> None:
    """I10."""
    offer = desk.offer(live, supplier, friend, face)
    with pytest.raises(OfferUnknown):
        desk.accept(offer, other)
    with pytest.raises(NotEnoughFree):
        desk.offer(live, supplier, other, 10_000)
    desk.accept(offer, friend)
    with pytest.raises(Ended):
        desk.accept(offer, friend)
    with pytest.raises(Ended):
        desk.play(
            "finance.transfer.withdraw/1", maker(supplier), finance.TransferWithdraw(offer=offer)
        )


@pytest.mark.parametrize("answer", ["refuse", "withdraw"])
def test_an_offer_that_fails_leaves_no_trace_in_the_book(
    desk: Desk, live: str, answer: str
) -> None:
    before = desk.rows("holding", live)
    offer = desk.offer(live, supplier, friend, 12_345_678)
    if answer == "refuse":
        body: Any = finance.TransferRefuse(offer=offer)
        desk.play("finance.transfer.refuse/1", maker(friend), body)
    else:
        body = finance.TransferWithdraw(offer=offer)
        desk.play("finance.transfer.withdraw/1", maker(supplier), body)
    assert desk.rows("holding", live) == before


def test_disbursement_needs_number_and_evidence_on_the_value_date(desk: Desk, live: str) -> None:
    """I21."""
    desk.time = paid_at
    quote = desk.quote(live, supplier, face, 42_000, value_on)
    with pytest.raises(Ended):
        desk.disburse(quote, paid_at)
    desk.take(quote, supplier)
    with pytest.raises(QuoteUnknown):
        desk.disburse(quote, paid_at, by=other_bank)
    for when in ("2026-03-15T15:59:59.000Z", "2026-03-16T16:00:00.000Z"):
        with pytest.raises(EvidenceWrong):
            desk.disburse(quote, when)
    with pytest.raises(RegistrationWrong):
        desk.play(
            "finance.instruct/1",
            maker(bank),
            finance.Instruct(quote=quote, reference="E-1", sent_at=paid_at),
        )
    unproven = ledger_json.encode({"quote": quote, "amount_minor": 1, "paid_at": paid_at})
    with pytest.raises(BodyRefused, match="evidence"):
        desk.rules.parse_body("finance.disburse/1", unproven)
    assert desk.balances(live) == {supplier: face}
    desk.disburse(quote, paid_at)
    assert desk.balances(live) == {bank: face}


def test_payment_only_by_the_paying_bank_when_due_and_never_too_much(desk: Desk, live: str) -> None:
    with pytest.raises(NotDue):
        desk.pay(live, face, desk.time)
    desk.time = maturity
    with pytest.raises(NotPayingBank):
        desk.pay(live, face, maturity, by=supplier)
    with pytest.raises(CertificateUnknown):
        desk.pay(live, face, maturity, by=other_bank)
    with pytest.raises(OverPayment):
        desk.pay(live, face + 1, maturity)
    with pytest.raises(EvidenceWrong):
        desk.pay(live, face, "2026-07-09T03:00:00.000Z")
    with pytest.raises(Matured):
        desk.offer(live, supplier, friend, face)


@pytest.mark.parametrize(
    ("due_on", "reason", "error"),
    [
        ("2026-01-12", None, DueDateRefused),
        ("2026-01-11", None, DueDateRefused),
        ("2027-01-13", "project-milestones", DueDateRefused),
        ("2026-07-12", None, TermReasonMissing),
        ("2026-07-12", "project-milestones", None),
        ("2027-01-12", "seasonal-trade", None),
        ("2026-07-11", None, None),
    ],
)
def test_the_term_rule(
    desk: Desk, due_on: str, reason: str | None, error: type[Exception] | None
) -> None:
    """I16: issued 2026-01-12; 180 days end on 2026-07-11, 365 on 2027-01-12."""
    invoice = desk.delivered(face)
    if error is None:
        desk.approve(desk.propose(invoice, face, due_on, term_reason=reason))
    else:
        with pytest.raises(error):
            desk.propose(invoice, face, due_on, term_reason=reason)


def test_a_key_that_the_node_holds_never_suffices(desk: Desk, live: str) -> None:
    body = finance.TransferAccept(offer=desk.offer(live, supplier, friend, face))
    with pytest.raises(OwnKeyRequired):
        desk.play("finance.transfer.accept/1", checker(friend), body, custody="node")
    owned = {name for name, entry in desk.rules.types.items() if entry.own_key}
    assert owned >= {
        "finance.confirm.approve/1",
        "finance.certificate.accept/1",
        "finance.transfer.accept/1",
        "finance.quote.accept/1",
        "finance.disburse/1",
        "finance.pay/1",
    }


def test_a_refused_certificate_gives_the_invoice_back(desk: Desk) -> None:
    invoice = desk.delivered(face)
    name = desk.approve(desk.propose(invoice, face))
    assert finance.match_invoice(desk.state, invoice).confirmable == 0
    body = finance.CertificateRefuse(certificate=name)
    desk.play("finance.certificate.refuse/1", maker(supplier), body)
    assert desk.rows("holding", name) == {}
    assert finance.match_invoice(desk.state, invoice).confirmable == face
    again = desk.approve(desk.propose(invoice, face))
    assert again != name


def test_dust_is_refused_and_the_whole_is_not(desk: Desk, live: str) -> None:
    with pytest.raises(BelowMinimum):
        desk.offer(live, supplier, friend, 9_999)
    desk.transfer(live, supplier, friend, face)
    assert desk.balances(live) == {friend: face}


def test_there_is_no_cash_account_and_no_fee() -> None:
    """I27; 77号: confirmation costs the supplier nothing."""
    kinds = set(Desk().rules.kinds)
    assert not {"account", "balance", "cash", "wallet", "deposit"} & kinds
    assert not any("fee" in field for field in finance.ConfirmPropose.model_fields)


def test_a_serial_is_one_thing_in_any_spelling() -> None:
    """Spelled as an EPC URN and as a Digital Link, a serial was counted twice."""
    urn, link = "urn:epc:id:sgtin:952123.4543216.7", "https://id.example.org/01/49521235432166/21/7"
    assert canonical("88.1/sn-1") == canonical("88.1/SN-1")
    if canonical(urn) != canonical(link):
        assert canonical(urn).startswith("https://id.gs1.org/01/")
        assert canonical(link).startswith("https://id.gs1.org/01/")


def test_a_date_beyond_the_calendar_is_refused() -> None:
    """An OverflowError of one sender once failed the batch of all."""
    with pytest.raises(DateRefused):
        money_date("9999-12-31T23:59:59.999Z")


def test_an_issuer_does_not_finance_its_own_debt(desk: Desk, live: str) -> None:
    """A core enterprise that is also a bank once bought its own certificate: what it buys is paid, and no asset."""
    found = dict(desk.state.get("organisation", core) or {})
    desk.state.apply([Change("organisation", core, {**found, "capacities": ["bank", "core"]})])
    desk.time = paid_at
    quote = desk.quote(live, supplier, 100_000, 42_000, value_on, by=core)
    desk.take(quote, supplier)
    desk.instruct(quote, paid_at, by=core)
    desk.pay_out(quote, paid_at, by=supplier)
    assert desk.balances(live) == {supplier: face}
    states = {row["state"]: row["holder"] for row in desk.rows("holding", live).values()}
    assert states == {"paid": supplier, "free": supplier}


def test_a_value_date_leaves_the_bank_time_before_maturity(desk: Desk, live: str) -> None:
    """The maturity payment once ended the lock while the bank's payment was on its way."""
    with pytest.raises(QuoteWrong):
        desk.quote(live, supplier, 100_000, 42_000, "2026-07-08")


def test_a_quote_is_held_to_its_certificate_when_the_holder_accepts(desk: Desk, live: str) -> None:
    """Looked at when the bank quotes, due date and face were told to any bank that guessed."""
    figures = finance.discounted(finance.DiscountTerms(100_000, 42_000, value_on, "2026-07-11"))
    later = {"due_on": "2026-07-11", "days": figures.days, "discount": figures.discount}
    wrong = desk.quote(live, supplier, 100_000, 42_000, value_on, **later, net=figures.net)
    with pytest.raises(QuoteWrong, match="due on 2026-07-10"):
        desk.take(wrong, supplier)
    large = desk.quote(live, supplier, face + 1, 42_000, value_on)
    with pytest.raises(NotEnoughFree):
        desk.take(large, supplier)
    for bad in ("2026-01-10", "2026-07-10"):
        with pytest.raises(QuoteWrong):
            desk.quote(live, supplier, 100_000, 42_000, bad)


def test_a_value_date_of_today_stands_in_every_zone() -> None:
    """At any instant no zone of a certificate has an earlier date than the one quotes are held to."""
    for hour in range(24):
        instant = f"2026-03-08T{hour:02d}:30:00.000Z"
        dates = [money_date(instant, zone) for zone in get_args(Zone)]
        assert min(dates) == money_date(instant, last_zone)


def test_payment_goes_to_who_holds_at_maturity(desk: Desk, live: str) -> None:
    """OCA account_factoring (#619): others paid the first creditor after the claim was passed on."""
    desk.transfer(live, supplier, friend, 300_000_000)
    desk.time = maturity
    desk.pay(live, face, maturity)
    paid = {row["holder"]: row["amount"] for row in desk.rows("payout", live).values()}
    assert paid == {supplier: face - 300_000_000, friend: 300_000_000}


def test_amounts_at_the_limits_are_refused_by_name(desk: Desk) -> None:
    """A quantity and a price that are each in bounds came to a sum that no reader holds."""
    dear, many = finance.Price(amount=2**53 - 1), 10**12
    line = finance.OrderLine(line=1, quantity=many, price=dear, tax_ppm=1_000_000)
    with pytest.raises(DocumentWrong, match="minor units"):
        desk.order("PO-TOP", line)
    order = desk.order("PO-1", line.model_copy(update={"price": finance.Price(amount=1)}))
    change = finance.OrderChange(order=order, number=1, lines=(line,))
    with pytest.raises(DocumentWrong, match="minor units"):
        desk.play("finance.order.change/1", maker(core), change)
    billed = finance.InvoiceLine(line=1, order=order, order_line=1, quantity=many, price=dear)
    with pytest.raises(DocumentWrong, match="the invoice is worth"):
        desk.invoice("INV-TOP", billed)
    charge = finance.Charge(kind="charge", net=2**53 - 1)
    fair = billed.model_copy(update={"price": finance.Price(amount=1)})
    body = finance.Invoice(
        number="INV-TOP", seller=supplier, buyer=core, currency="CNY", invoiced_on="2026-01-10",
        lines=(fair,), charges=(charge,),
    )  # fmt: skip
    with pytest.raises(DocumentWrong, match="the invoice is worth"):
        desk.play("finance.invoice/1", maker(supplier), body)
    assert desk.state.get("invoice", f"{supplier}#INV-TOP") is None
