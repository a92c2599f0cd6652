"""The worked numbers of research §4.2, to the cent, over HTTP with signed entries.

An order of 1,000 at 88.50 and 13 % of tax. First 600 are scanned, 10 of them damaged, and 600 billed; then 400 are
scanned, and 400 billed at 89.00.
"""

from __future__ import annotations

from urllib.parse import quote

from tests.app.matching.office import Office, bank, checker, dear, maker, seller

from tallystick import finance


def test_the_whole_example(desk: Office) -> None:
    order = desk.order("PO-1")
    assert desk.get(maker, f"/finance/v1/orders/{_path(order)}")["head"]["grade"] == "signed"

    # Delivery 1: 600 scanned, 590 accepted, 10 rejected; 600 billed.
    desk.deliver("DA-1", order, 600, rejected=10)
    first = desk.bill("INV-1", order, 600)
    match, line = desk.match(first), desk.line(first)
    assert (match["status"], match["reasons"]) == ("partial", ["billed-above-accepted"])
    assert line["quantities"]["received"] == 600
    assert line["quantities"]["rejected"] == 10
    assert line["quantities"]["accepted"] == line["billable"] == 590
    # 590 x 88.50 = 52,215.00, tax 6,787.95, together 59,002.95.
    assert (line["net"], line["tax"], line["confirmable"]) == (5_221_500, 678_795, 5_900_295)
    # 885.00 and tax 115.05 wait for a credit note.
    assert (line["missing"], line["missing_worth"], line["waiting"]) == (10, 100_005, 100_005)
    assert line["gross"] - line["confirmable"] == 88_500 + 11_505
    too_much = desk.proposed(first, 5_900_296)
    assert desk.refused(maker, "finance.confirm.propose/1", too_much) == "above-confirmable"
    one = desk.confirm(first, 5_900_295)

    # Delivery 2: 400 accepted, 400 billed at 89.00: 35,600.00 instead of 35,400.00.
    desk.deliver("DA-2", order, 400)
    second = desk.bill("INV-2", order, 400, dear)
    line = desk.line(second)
    assert (line["status"], line["reasons"]) == ("held", ["price-above-order"])
    assert 400 * line["price_invoiced"]["amount"] == 3_560_000
    assert 400 * line["price_ordered"]["amount"] == 3_540_000
    # 200.00 are 0.565 % of 35,400.00, and so above 0.5 %; with tax 226.00.
    assert 20_000 * 1_000_000 // 3_540_000 == 5_649
    assert line["excess"] == 20_000 + 2_600
    # At the order's price: 35,400.00, tax 4,602.00, together 40,002.00.
    assert (line["net"], line["tax"], line["confirmable"]) == (3_540_000, 460_200, 4_000_200)
    two = desk.confirm(second, 4_000_200)

    # In all 99,004.95, of an order over 100,005.00.
    faces = [
        desk.get(maker, f"/finance/v1/certificates/{_path(name)}")["head"]["face"]
        for name in (one, two)
    ]
    assert sum(faces) == 9_900_495
    assert sum(faces) <= line["quantities"]["ordered"] * 8850 * 113 // 100
    assert [desk.match(invoice)["confirmable"] for invoice in (first, second)] == [0, 0]

    # A credit note for the 10, and one for the difference in price, settle what waits.
    desk.credit("CN-1", first, 88_500, 11_505, quantity=10)
    desk.credit("CN-2", second, 20_000, 2_600)
    for invoice in (first, second):
        found = desk.line(invoice)
        assert (found["status"], found["waiting"], found["confirmable"]) == ("matched", 0, 0)
    listed = desk.get(maker, "/finance/v1/matching")
    assert listed == {"lines": [], "after": None}


def test_goods_billed_credited_and_billed_again_are_confirmed_once(desk: Office) -> None:
    """Of the 600, 10 go back after they were confirmed, are credited, come again and are billed again."""
    order = desk.order("PO-4")
    despatch = desk.deliver("DA-40", order, 600)
    first = desk.bill("INV-40", order, 600)
    # 600 x 88.50 = 53,100.00, tax 6,903.00.
    certificates = [desk.confirm(first, 6_000_300)]
    desk.give_back((despatch, 10))
    assert desk.line(first)["reasons"] == ["confirmed-above-accepted"]
    desk.credit("CN-40", first, 88_500, 11_505, quantity=10)
    again = desk.bill("INV-41", order, 10)
    line = desk.line(again)
    assert (line["status"], line["reasons"]) == ("partial", ["billed-above-accepted"])
    assert (line["missing"], line["missing_worth"], line["carried"]) == (10, 100_005, 0)
    desk.deliver("DA-41", order, 10)
    line = desk.line(again)
    # The certificate of 60,003.00 holds 885.00 and tax 115.05 above what INV-40 still asks for.
    assert (line["status"], line["reasons"]) == ("matched", [])
    assert (line["carried"], line["set_off"]) == (10, 100_005)
    assert (line["gross"], line["confirmable"], line["waiting"]) == (100_005, 0, 0)
    page = desk.ask(maker, "/matching/line", invoice=again, line=1, lang="en").text
    assert "Certificates on credited invoices hold already" in page
    once_more = desk.proposed(again, 1)
    assert desk.refused(maker, "finance.confirm.propose/1", once_more) == "above-confirmable"
    # The rest of the order: 400 x 88.50 = 35,400.00, tax 4,602.00. In all 100,005.00, what the order is worth.
    desk.deliver("DA-42", order, 400)
    rest = desk.bill("INV-42", order, 400)
    assert desk.line(rest)["confirmable"] == 4_000_200
    certificates.append(desk.confirm(rest, 4_000_200))
    faces = [
        desk.get(maker, f"/finance/v1/certificates/{_path(name)}")["head"]["face"]
        for name in certificates
    ]
    assert sum(faces) == 10_000_500
    # The first is written again at 88.60: 590 x 0.10 and 13 % of tax are confirmed on the same goods.
    desk.credit("CN-41", first, 5_221_500, 678_795, quantity=590)
    dearer = desk.bill("INV-43", order, 590, finance.Price(amount=8860))
    line = desk.line(dearer)
    assert (line["carried"], line["set_off"], line["confirmable"]) == (590, 5_900_295, 6_667)
    desk.confirm(dearer, 6_667)
    found = desk.line(dearer)
    assert (found["status"], found["waiting"], found["quantities"]["confirmed"]) == (
        "matched", 0, 1000
    )  # fmt: skip
    listed = desk.get(maker, "/finance/v1/matching")["lines"]
    assert not {row["invoice"] for row in listed} & {first, again, rest, dearer}


def test_what_waits_is_listed_by_reason_for_its_two_sides_alone(desk: Office) -> None:
    order = desk.order("PO-2")
    unseen = desk.bill("INV-20", order, 5)
    desk.deliver("DA-20", order, 100)
    held = desk.bill("INV-21", order, 50, dear)
    for person in (maker, seller):
        found = desk.get(person, "/finance/v1/matching", reason="price-above-order")["lines"]
        assert [row["invoice"] for row in found] == [held]
        assert found[0]["release"]["price-above-order"].startswith("a credit note")
        counts = desk.get(person, "/finance/v1/matching/counts")
        assert counts["reasons"] == {"price-above-order": 1}
        assert counts["lines"] == 2
        assert not counts["more"]
    page = desk.get(maker, "/finance/v1/matching", limit=1)
    assert [row["invoice"] for row in page["lines"]] == [unseen]
    rest = desk.get(maker, "/finance/v1/matching", limit=1, after=page["after"])
    assert [row["invoice"] for row in rest["lines"]] == [held]
    assert rest["after"] is None
    assert desk.ask("", "/finance/v1/matching").status_code in (401, 404)
    path = f"/finance/v1/invoices/{_path(held)}/match/1"
    assert desk.ask("", path).status_code in (401, 404)
    assert desk.ask(maker, "/finance/v1/matching", organisation=bank).status_code == 404
    assert desk.ask(maker, f"/finance/v1/invoices/{_path(held)}/match/2").status_code == 404
    assert desk.ask(maker, "/finance/v1/matching", after="nonsense").status_code == 422


def test_tolerances_and_releases_over_http(desk: Office) -> None:
    order = desk.order("PO-3")
    desk.deliver("DA-30", order, 400)
    held = desk.bill("INV-30", order, 400, dear)
    desk.tolerances(release_minor=22_600)
    line = desk.line(held)
    assert (line["policy"], line["limit"], line["let_pass"]) == (1, 22_600, None)
    body = finance.ReleasePropose(invoice=held, line=1, reasons=("price-above-order",))
    proposal = desk.say(maker, "finance.match.release.propose/1", body)
    assert desk.line(held)["asked"] == [proposal]
    approval = finance.ReleaseApprove(proposal=proposal)
    assert desk.refused(maker, "finance.match.release.approve/1", approval) == "not-entitled"
    desk.say(checker, "finance.match.release.approve/1", approval)
    line = desk.line(held)
    assert (line["status"], line["confirmable"]) == ("matched", 4_022_800)
    assert line["let_pass"]["waived"] == 22_600
    # What the buyer tolerates and let pass is for itself alone.
    theirs = desk.line(held, seller)
    assert (theirs["limit"], theirs["let_pass"], theirs["asked"]) == (None, None, [])
    mine = desk.get(maker, "/finance/v1/tolerances")
    assert [row["version"] for row in mine["current"]] == [1]
    assert (
        desk.get(maker, "/finance/v1/tolerances/versions")["versions"][0]["release_minor"] == 22_600
    )
    assert desk.get(seller, "/finance/v1/tolerances")["current"] == []
    core = mine["organisation"]
    assert desk.ask(seller, "/finance/v1/tolerances", organisation=core).status_code == 404


def test_one_scan_of_two_despatches_carries_the_invoices_of_both(desk: Office) -> None:
    orders = [desk.order(f"PO-5{tail}") for tail in "12"]
    first, second = (
        desk.send(f"DA-5{tail}", order, 100) for tail, order in zip("12", orders, strict=True)
    )
    desk.scan(first, 100, (second, 90))
    for tail, order, accepted in zip("12", orders, (100, 90), strict=True):
        line = desk.line(desk.bill(f"INV-5{tail}", order, 100))
        assert (line["quantities"]["accepted"], line["billable"]) == (accepted, accepted)
        # 88.50 and 13 % of tax each.
        assert line["confirmable"] == accepted * 8850 * 113 // 100


def _path(name: str) -> str:
    return quote(name, safe="")
