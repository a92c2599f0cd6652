"""What people of a buyer, a supplier, a node and a service meet on the way to a claim, on each database and over HTTP.

Each story ends with what was refused: the refusal has a name, and nothing changed by it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tests.app.limits.bourse import checker as checker_of
from tests.app.limits.bourse import maker as maker_of
from tests.app.limits.bourse import staff
from tests.app.matching.office import Office, bank, checker, maker, office, price, seller, vat
from tests.ledger.world import core, node, supplier

from tallystick import finance
from tallystick.finance import calendars
from tallystick.finance.policies import (
    ConditionsApprove,
    ConditionsPropose,
    ErpConfirm,
    PolicyApprove,
    PolicyConfirm,
    PolicyPropose,
    PolicyStop,
)
from tallystick.identity import AddDevice
from tallystick.ledger import Body, StreamAuthor, write_batch

day_ms = 86_400_000
service = "99.100.1/erp-1"
digest = "ab" * 32


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, database_url) as found:
        yield found


def delivered(place: Office, number: str, quantity: int = 10, contract: str = "FC-1") -> str:
    order = place.order(f"PO-{number}", quantity, f"{core}#{contract}")
    place.deliver(f"DA-{number}", order, quantity)
    return place.bill(f"INV-{number}", order, quantity)


def live(place: Office, number: str, contract: str = "FC-1") -> str:
    name = place.confirm(delivered(place, number, contract=contract), 100_005)
    place.say(seller, "finance.certificate.accept/1", finance.CertificateAccept(certificate=name))
    return name


def shown(place: Office, name: str, person: str = maker) -> Any:
    return place.get(person, f"/finance/v1/certificates/{quote(name, safe='')}")


def agreed(place: Office, entry_type: str, body: Body) -> None:
    proposal = place.say(maker, entry_type, body)
    place.say(seller, "finance.agree/1", finance.Agree(proposal=proposal))


def test_a_ban_on_assignment_holds_until_a_supplement_lifts_it(place: Office) -> None:
    place.contract("FC-BAN", assignment="banned")
    name = live(place, "BAN", "FC-BAN")
    pledge = finance.PledgeOffer(certificate=name, amount=20_000, to=bank, secures=digest, days=30)
    assert place.refused(seller, "finance.pledge.offer/1", pledge) == "assignment-banned"
    assert shown(place, name, seller)["holders"] == {supplier: 100_005}
    offers = ('data-sign="finance.transfer.offer/1"', 'data-sign="finance.pledge.offer/1"')

    def page(language: str) -> str:
        return place.ask(seller, f"/certificates/{quote(name, safe='')}", lang=language).text

    # The page said nothing of it, and offered what could only be refused.
    for language, said in (("en", "Banned by its contract"), ("zh", "其合同禁止转让")):
        assert said in page(language)
        assert not any(one in page(language) for one in offers)
    supplement = finance.Supplement(
        contract=f"{core}#FC-BAN", number=1, signed_on="2026-01-05", assignment="free"
    )
    agreed(place, "finance.contract.supplement/1", supplement)
    place.say(seller, "finance.pledge.offer/1", pledge)
    assert "Banned" not in page("en")
    assert all(one in page("en") for one in offers)
    # What the ERP had said stood in the field for an amount.
    assert 'value="confirmed"' not in page("en")
    again = place.refused(maker, "finance.contract.supplement/1", supplement)
    assert again == "answered-already"


def test_an_order_is_changed_twice_and_cancelled_in_part(place: Office) -> None:
    place.contract()
    order = place.order("PO-TWICE", 100)
    path = f"/finance/v1/orders/{quote(order, safe='')}"

    def line(number: int, quantity: int) -> finance.OrderLine:
        return finance.OrderLine(
            line=number, text="cell", quantity=quantity, price=price, tax_ppm=vat
        )

    first = finance.OrderChange(order=order, number=1, lines=(line(1, 80),))
    second = finance.OrderChange(order=order, number=2, lines=(line(1, 60), line(2, 30)))
    agreed(place, "finance.order.change/1", first)
    assert place.refused(maker, "finance.order.change/1", first) == "answered-already"
    agreed(place, "finance.order.change/1", second)
    place.deliver("DA-TWICE", order, 50)
    cancel = finance.OrderCancel(order=order, number=3, lines=(1,))
    agreed(place, "finance.order.cancel/1", cancel)
    rows = place.get(maker, path)["lines"]
    assert [(row["quantity"], row["received"]) for row in rows.values()] == [(50, 50), (30, 0)]
    changes = place.get(seller, f"{path}/changes")
    assert [row["status"] for row in changes.values()] == ["agreed"] * 3
    smaller = finance.OrderChange(order=order, number=4, lines=(line(1, 40),))
    proposal = place.say(maker, "finance.order.change/1", smaller)
    agreeing = finance.Agree(proposal=proposal)
    assert place.refused(seller, "finance.agree/1", agreeing) == "change-too-late"
    place.say(seller, "finance.decline/1", finance.Decline(proposal=proposal))
    invoice = place.bill("INV-TWICE", order, 60)
    match = place.match(invoice)
    assert match["confirmable"] == 500_025
    assert "billed-above-accepted" in match["reasons"]


def test_nobody_accepts_what_the_erp_may_pay_in_the_ordinary_way(place: Office) -> None:
    place.contract()
    body = ConditionsPropose(organisation=core, erp_block=True)
    proposal = place.say(maker, "finance.conditions.propose/1", body)
    place.say(checker, "finance.conditions.approve/1", ConditionsApprove(proposal=proposal))
    invoice = delivered(place, "ERP")
    name = place.confirm(invoice, 100_005)
    accept = finance.CertificateAccept(certificate=name)
    assert place.refused(seller, "finance.certificate.accept/1", accept) == "erp-block-awaited"
    told = {"certificate": name, "unassigned": True, "reference": digest}
    place.say(maker, "finance.erp.confirm/1", ErpConfirm(blocked=False, **told))
    assert place.refused(seller, "finance.certificate.accept/1", accept) == "erp-block-awaited"
    place.site.world.clock.advance(11 * day_ms)
    place.order("PO-LATER")
    assert shown(place, name)["head"]["status"] == "lapsed"
    again = place.confirm(invoice, 100_005)
    place.say(
        maker, "finance.erp.confirm/1", ErpConfirm(blocked=True, **{**told, "certificate": again})
    )
    place.say(seller, "finance.certificate.accept/1", finance.CertificateAccept(certificate=again))
    assert shown(place, again)["head"]["status"] == "live"


def test_a_freeze_holds_until_its_end_and_is_counted_for_all(place: Office) -> None:
    place.contract()
    staff(place, node)
    name = live(place, "FREEZE")
    body = finance.FreezePropose(
        certificate=name, holder=supplier, amount=60_000, order=digest, case="（2026）京01执保12号",
        ends_on="2026-01-08",
    )  # fmt: skip
    proposal = place.say(maker_of(node), "finance.freeze.propose/1", body)
    approval = finance.FreezeApprove(proposal=proposal)
    same = place.refused(maker_of(node), "finance.freeze.approve/1", approval)
    assert same == "not-entitled"
    place.say(checker_of(node), "finance.freeze.approve/1", approval)
    pledge = finance.PledgeOffer(certificate=name, amount=50_000, to=bank, secures=digest, days=30)
    assert place.refused(seller, "finance.pledge.offer/1", pledge) == "not-enough-free"
    counted = place.ask("", "/finance/v1/freezes/count").json()
    assert counted["in_force"] == 1
    assert supplier not in place.ask("", "/freezes").text
    place.site.world.clock.advance(4 * day_ms)
    place.order("PO-LATER")
    place.say(seller, "finance.pledge.offer/1", pledge)
    change = finance.FreezeChange(
        freeze=proposal, order=digest, case=body.case, ends_on="2026-02-01"
    )
    assert place.refused(maker_of(node), "finance.freeze.change/1", change) == "hold-unknown"
    assert place.ask("", "/finance/v1/freezes/count").json()["ended"] == 1


def test_both_cancel_while_all_is_free_and_the_goods_are_confirmed_again(place: Office) -> None:
    place.contract()
    name = live(place, "CANCEL")
    body = finance.CancelPropose(certificate=name, amount=100_005, reason="returned")
    proposal = place.say(maker, "finance.cancel.propose/1", body)
    answer = finance.CancelAnswer(cancellation=proposal)
    assert place.refused(maker, "finance.cancel.agree/1", answer) == "not-entitled"
    place.say(seller, "finance.cancel.agree/1", answer)
    assert shown(place, name)["head"]["status"] == "cancelled"
    assert place.refused(seller, "finance.cancel.agree/1", answer) == "hold-ended"
    assert place.match(f"{supplier}#INV-CANCEL")["confirmable"] == 100_005
    place.confirm(f"{supplier}#INV-CANCEL", 100_005)


def test_a_due_date_beyond_the_calendar_is_provisional_and_said_so(place: Office) -> None:
    place.contract()
    staff(place, node)
    read = calendars.read_table(calendars.builtin("CN-2026"))
    table = place.say(
        maker_of(node), "finance.calendar.propose/1", calendars.proposal(read, after=0)
    )
    place.say(
        checker_of(node), "finance.calendar.approve/1", calendars.CalendarApprove(proposal=table)
    )
    place.site.world.clock.advance(330 * day_ms)
    invoice = delivered(place, "BEYOND")
    line = finance.ConfirmLine(line=1, amount=100_005)
    body = finance.ConfirmPropose(
        invoice=invoice, amount=100_005, currency="CNY", due_on="2027-02-06", paying_bank=bank, lines=(line,),
        roll="following", calendar=f"{node}#CN",
    )  # fmt: skip
    # The payment term runs from the invoice's own date.
    assert place.refused(maker, "finance.confirm.propose/1", body) == "payment-term-exceeded"
    longer = finance.Supplement(
        contract=f"{core}#FC-1", number=1, signed_on="2026-11-01", payment_days=400
    )
    agreed(place, "finance.contract.supplement/1", longer)
    proposal = place.say(maker, "finance.confirm.propose/1", body)
    approval = finance.ConfirmApprove(proposal=proposal)
    index = place.index_of(place.site.world.write(checker, "finance.confirm.approve/1", approval))
    told = shown(place, f"{core}#C-{index}")["payment"]
    assert (told["on"], told["status"], told["covered"]) == ("2027-02-08", "provisional", False)
    page = place.ask(maker, f"/certificates/{quote(f'{core}#C-{index}', safe='')}", lang="en").text
    assert "provisional" in page.lower()


def test_one_officer_stops_a_policy_in_the_middle_of_a_run(place: Office) -> None:
    """The stop and the run's confirmations come in one batch: what stands behind the stop is refused."""
    place.contract()
    world = place.site.world
    world.add(
        core,
        "identity.device.add/1",
        AddDevice(device=service, organisation=core, purpose="service"),
    )
    world.add_key(core, service)
    world.ledger.seal()
    asked = PolicyPropose(
        organisation=core, service=service, currency="CNY", certificate_max=200_000, supplier_max=1_000_000,
        day_max=1_000_000, total_max=1_000_000, until="2026-12-31", evidence="document", term_days_max=180,
        paying_bank=bank,
    )  # fmt: skip
    proposal = place.say(maker, "finance.policy.propose/1", asked)
    approval = PolicyApprove(proposal=proposal)
    index = place.index_of(world.write(checker, "finance.policy.approve/1", approval))
    policy = f"{core}#SP-{index}"
    invoices = [delivered(place, f"RUN{number}") for number in range(3)]

    def confirmation(invoice: str) -> PolicyConfirm:
        line = finance.ConfirmLine(line=1, amount=100_005)
        return PolicyConfirm(
            policy=policy, invoice=invoice, amount=100_005, due_on="2026-06-01", lines=(line,)
        )

    pen = StreamAuthor(world.author(service))
    run = [
        pen.write("finance.policy.confirm/1", confirmation(invoices[0])),
        world.write(checker, "finance.policy.stop/1", PolicyStop(policy=policy, reason="mistake")),
        pen.write("finance.policy.confirm/1", confirmation(invoices[1])),
        pen.write("finance.policy.confirm/1", confirmation(invoices[2])),
    ]
    answer = place.http.post("/v1/entries", content=write_batch(run))
    told = [
        row["code"] if row["outcome"] == "refused" else row["outcome"]
        for row in answer.json()["results"]
    ]
    assert told == ["accepted", "accepted", "policy-ended", "policy-ended"]
    assert [place.match(one)["confirmable"] for one in invoices] == [0, 100_005, 100_005]
