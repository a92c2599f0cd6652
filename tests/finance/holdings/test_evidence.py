"""Trade evidence of each hop: between the two firms of it, and each amount of it once."""

from __future__ import annotations

import pytest
from tests.finance.desk import Desk, core, maker, supplier
from tests.finance.holdings.vault import Vault, friend, other

from tallystick import finance
from tallystick.finance.hops.errors import EvidenceConsumed, EvidenceMissing, EvidenceUnfit

face = 900_000_000
owed = 50_000_000


@pytest.fixture
def vault() -> Vault:
    return Vault()


def trade(
    desk: Desk, number: str, *, total: int | None = None, billed: int = 1000, answer: bool = True
) -> tuple[str, str, str]:
    """Contract, order and invoice by which the supplier owes its own supplier `owed`."""
    terms = {} if total is None else {"total": total}
    contract = desk.contract(friend, supplier, number=f"FC-{number}", **terms)
    price = finance.Price(amount=owed, per=1000)
    line = finance.OrderLine(line=1, quantity=1000, price=price)
    order = desk.order(f"PO-{number}", line, seller=friend, buyer=supplier, contract=contract)
    if answer:
        proposal = str(desk.row("order", order)["proposal"])
        desk.play("finance.agree/1", maker(friend), finance.Agree(proposal=proposal))
    body = finance.Invoice(
        number=f"INV-{number}", seller=friend, buyer=supplier, currency="CNY",
        invoiced_on="2026-01-10",
        lines=(finance.InvoiceLine(line=1, order=order, order_line=1, quantity=billed, price=price),),
    )  # fmt: skip
    desk.play("finance.invoice/1", maker(friend), body)
    return contract, order, f"{friend}#INV-{number}"


def offer(
    desk: Desk, name: str, amount: int, *evidence: tuple[str, str, int], to: str = friend
) -> str:
    rests = tuple(
        finance.HopEvidence.model_validate({"kind": kind, "name": doc, "amount": part})
        for kind, doc, part in evidence
    )
    body = finance.TransferOffer(certificate=name, amount=amount, to=to, evidence=rests)
    return desk.play("finance.transfer.offer/1", maker(supplier), body)


def test_an_invoice_pays_for_transfers_once(vault: Vault) -> None:
    live = vault.live(face)
    _, _, invoice = trade(vault, "1")
    offer(vault, live, 30_000_000, ("invoice", invoice, 30_000_000))
    with pytest.raises(EvidenceConsumed):
        offer(vault, live, 30_000_000, ("invoice", invoice, 30_000_000))
    second = offer(vault, live, 20_000_000, ("invoice", invoice, 20_000_000))
    vault.play("finance.transfer.refuse/1", maker(friend), finance.TransferRefuse(offer=second))
    offer(vault, live, 20_000_000, ("invoice", invoice, 20_000_000))


def test_the_same_trade_never_counts_as_invoice_and_as_order(vault: Vault) -> None:
    live = vault.live(face)
    contract, order, invoice = trade(vault, "1", total=owed)
    first = offer(vault, live, 30_000_000, ("invoice", invoice, 30_000_000))
    for kind, name in (("order", order), ("contract", contract), ("invoice", invoice)):
        with pytest.raises(EvidenceConsumed):
            offer(vault, live, 20_000_001, (kind, name, 20_000_001))
    offer(vault, live, 20_000_000, ("order", order, 20_000_000))
    with pytest.raises(EvidenceConsumed):
        offer(vault, live, 10_000, ("invoice", invoice, 10_000))
    vault.play(
        "finance.transfer.withdraw/1", maker(supplier), finance.TransferWithdraw(offer=first)
    )
    offer(vault, live, 30_000_000, ("contract", contract, 30_000_000))


def test_offers_that_end_give_back_exactly_what_they_took(vault: Vault) -> None:
    live = vault.live(face)
    _, order, invoice = trade(vault, "1", total=owed)
    for answer in ("refuse", "expire"):
        made = offer(
            vault, live, owed, ("invoice", invoice, 20_000_000), ("order", order, 30_000_000)
        )
        with pytest.raises(EvidenceConsumed):
            offer(vault, live, 10_000, ("order", order, 10_000))
        if answer == "refuse":
            vault.play(
                "finance.transfer.refuse/1", maker(friend), finance.TransferRefuse(offer=made)
            )
        else:
            vault.block("2026-02-20T00:00:00.000Z")
        kinds = {kind for kind, *_ in dict(vault.state.documents())}
        assert "evidence-use" not in kinds


def test_what_a_certificate_was_confirmed_for_pays_no_transfer_and_the_other_way_round(
    vault: Vault,
) -> None:
    """One invoice would be paid twice: by the debtor's own certificate, and by one that it passes on."""
    live, invoice = vault.live(face), vault.delivered(owed, "9")
    row = dict(vault.row("organisation", core))
    vault.transfer(live, supplier, friend, face)
    assert row["capacities"] == ["core"]
    body = finance.TransferOffer(
        certificate=live, amount=owed, to=supplier,
        evidence=(finance.HopEvidence(kind="invoice", name=invoice, amount=owed),),
    )  # fmt: skip
    with pytest.raises(EvidenceUnfit):  # the invoice is core's debt, not friend's
        vault.play("finance.transfer.offer/1", maker(friend), body)
    # A core enterprise that holds somebody else's certificate passes it on for its own invoice.
    from tallystick.finance.draft import Draft
    from tallystick.finance.hops.evidence import take

    draft = Draft(vault.state)
    take(draft, core, supplier, "CNY", owed, body.evidence)
    vault.state.apply(draft.effects)
    with pytest.raises(EvidenceConsumed):
        vault.propose(invoice, owed)
    second = vault.delivered(owed, "10")
    vault.approve(vault.propose(second, owed - 10_000))
    rest = finance.HopEvidence(kind="invoice", name=second, amount=10_001)
    with pytest.raises(EvidenceConsumed, match="10000 of 10001"):
        take(Draft(vault.state), core, supplier, "CNY", 10_001, (rest,))


@pytest.mark.parametrize(("amount", "parts"), [(owed, [owed - 1]), (owed, [owed, 1]), (owed, [])])
def test_evidence_adds_up_to_the_transfer(vault: Vault, amount: int, parts: list[int]) -> None:
    live = vault.live(face)
    _, order, invoice = trade(vault, "1")
    names = [("invoice", invoice), ("order", order)]
    told = [(kind, name, part) for (kind, name), part in zip(names, parts, strict=False)]
    with pytest.raises(EvidenceMissing):
        offer(vault, live, amount, *told)


def test_one_document_stands_once(vault: Vault) -> None:
    live = vault.live(face)
    _, _, invoice = trade(vault, "1")
    with pytest.raises(EvidenceMissing):
        offer(vault, live, 20_000, ("invoice", invoice, 10_000), ("invoice", invoice, 10_000))


def test_evidence_is_a_debt_of_the_giver_to_the_taker(vault: Vault) -> None:
    live = vault.live(face)
    contract, order, invoice = trade(vault, "1")
    for kind, name, to in (
        ("invoice", invoice, other),  # another taker
        ("invoice", f"{supplier}#INV-1", friend),  # the giver sells here
        ("order", f"{supplier}#PO-404", friend),
        ("contract", contract, friend),  # states no total
    ):
        with pytest.raises(EvidenceUnfit):
            offer(vault, live, 10_000, (kind, name, 10_000), to=to)
    offer(vault, live, 10_000, ("order", order, 10_000))


def test_what_nobody_agreed_or_signed_is_no_evidence(vault: Vault) -> None:
    live = vault.live(face)
    price = finance.Price(amount=owed, per=1)
    contract = vault.contract(friend, supplier, number="FC-9", total=owed)
    line = finance.OrderLine(line=1, quantity=1, price=price)
    waits = vault.order("PO-9", line, seller=friend, buyer=supplier, contract=contract)
    with pytest.raises(EvidenceUnfit, match="placed"):
        offer(vault, live, 10_000, ("order", waits, 10_000))
    stated = {"currency": "CNY", "payment_days": 30, "signed_on": "2026-01-01", "total": owed}
    alone = finance.Contract(
        number="FC-10", buyer=supplier, seller=friend, valid_from="2026-01-01", **stated
    )
    vault.play("finance.contract/1", maker(supplier), alone)
    with pytest.raises(EvidenceUnfit, match="proposed"):
        offer(vault, live, 10_000, ("contract", f"{supplier}#FC-10", 10_000))
    dollars = vault.contract(friend, supplier, number="FC-11", currency="USD", total=owed)
    with pytest.raises(EvidenceUnfit, match="USD"):
        offer(vault, live, 10_000, ("contract", dollars, 10_000))
    copy = finance.Invoice(
        number="COPY", seller=friend, buyer=supplier, currency="CNY", invoiced_on="2026-01-10",
        lines=(finance.InvoiceLine(line=1, order=waits, order_line=1, quantity=1, price=price),),
    )  # fmt: skip
    vault.play("finance.invoice/1", maker(supplier), copy)
    with pytest.raises(EvidenceUnfit, match="did not sign"):
        offer(vault, live, 10_000, ("invoice", f"{supplier}#{friend}#COPY", 10_000))
