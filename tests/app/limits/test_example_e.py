"""Example E of research §6.8 over HTTP: an auction under limits, a reservation that expires, and who reads what."""

from __future__ import annotations

import json

from tests.app.limits.bourse import Bourse, banks, maker
from tests.app.matching.office import maker as core_maker
from tests.app.matching.office import seller
from tests.ledger.world import core, supplier

from tallystick import finance

bank_a, bank_b, bank_c, bank_d = banks
asked = 15_000_000
million = 100_000_000
rates = {bank_c: 69_500, bank_b: 69_500, bank_d: 71_000}
salt = "ab" * 32


def test_the_whole_example(place: Bourse) -> None:
    name = place.certificate("E")
    # BankA has a limit of 2.0 m, of which 1.9 m are used.
    place.limit("funder", 2 * million, bank_a)
    place.limit("funder", 1 * million, bank_c)
    first = place.quote(name, bank_a, 190_000_000)
    assert place.answer(place.taking(first)) == "accepted"
    assert place.limits(bank_a)[f"funder {bank_a}"] == (2 * million, 0, 190_000_000)
    tender = _tender(place, name)
    bid = finance.BidSeal(tender=tender, commitment=finance.commitment(tender, bank_a, 1, salt))
    assert place.refused(maker(bank_a), "finance.bid.seal/1", bid) == "funder-limit-reached"
    # C seals two minutes before B, at the same rate.
    for funder, rate_ppm in rates.items():
        sealed = finance.commitment(tender, funder, rate_ppm, salt)
        body = finance.BidSeal(tender=tender, commitment=sealed)
        place.say(maker(funder), "finance.bid.seal/1", body)
        place.site.world.clock.advance(2 * 60_000)
    place.wait(2)
    quotes = {funder: _open(place, tender, name, funder) for funder in (bank_d, bank_b, bank_c)}
    for funder in (bank_d, bank_b):
        assert place.answer(place.taking(quotes[funder])) == "bid-not-best"
    assert place.answer(place.taking(quotes[bank_c])) == "accepted"
    reserved = place.limits(bank_c)
    assert reserved[f"funder {bank_c}"] == (million, 0, asked)
    assert reserved[f"funder-core {bank_c} {core}"] == (None, 0, asked)
    assert reserved[f"supplier {bank_c} {supplier}"] == (None, 0, asked)

    _nobody_else_reads(place)

    # A pays on the value date; C does not, and its reservation ends with the lock.
    while place.now()[:10] < "2026-01-12":
        place.wait(1)
    place.disburse(first, bank_a)
    assert place.limits(bank_a)[f"funder {bank_a}"] == (2 * million, 190_000_000, 0)
    place.wait(5)
    # Whatever is said next brings a block, and with it the end of what ran out.
    place.order("PO-LATER")
    assert place.limits(bank_c)[f"funder {bank_c}"] == (million, 0, 0)
    assert {row[1:] for row in place.limits(bank_c).values()} == {(0, 0)}
    whole = place.quoted(name, bank_c, asked)
    assert place.refused(maker(bank_c), "finance.quote/1", whole) == "quote-wrong"
    place.audit()


def _nobody_else_reads(place: Bourse) -> None:
    """Another bank, the seller and the core get neither rows nor figures of C's limits, nor that there are any."""
    for person in (maker(bank_b), seller, core_maker):
        for path in ("limits", "limits/proposals", "limits/versions"):
            answer = place.ask(person, f"/finance/v1/{path}", organisation=bank_c)
            assert (answer.status_code, answer.json()["code"]) == (404, "not-found-or-not-yours")
    own = {person: place.get(person, "/finance/v1/limits") for person in (seller, core_maker)}
    assert bank_c not in json.dumps(own)
    # The core sees what it owes itself, and that no limit is set.
    (row,) = own[core_maker]["limits"]
    assert (row["kind"], row["amount"], row["free"]) == ("core", None, None)
    proposals = place.get(maker(bank_c), "/finance/v1/limits/versions")["versions"]
    assert [row["version"]["amount"] for row in proposals] == [million]


def _tender(place: Bourse, name: str) -> str:
    body = finance.TenderOpen(
        certificate=name, amount=asked, funders=banks, value_on="2026-01-12", seal_hours=24,
        open_hours=48, accept_hours=24,
    )  # fmt: skip
    return place.say(seller, "finance.tender.open/1", body)


def _open(place: Bourse, tender: str, name: str, funder: str) -> str:
    quoted = place.quoted(name, funder, asked, rates[funder])
    body = finance.BidOpen(
        tender=tender, rate_ppm=rates[funder], salt=salt, due_on=quoted.due_on,
        days=quoted.days, discount=quoted.discount, net=quoted.net,
    )  # fmt: skip
    place.search(name, funder)
    return place.say(maker(funder), "finance.bid.open/1", body)
