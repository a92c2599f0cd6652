"""A holder asks two banks for sealed bids: until the deadline the log holds two digests, and no rate."""

from __future__ import annotations

import hashlib

import tallystick.finance as finance
from tallystick.app.demo import cast
from tallystick.app.demo.stage import Stage
from tallystick.ledger import payload_hash

asked_at, opened_at, taken_at = (f"2026-03-{day}T02:00:00.000Z" for day in ("12", "13", "14"))
rates_ppm = {cast.bank.handle: 42_000, cast.other_bank.handle: 44_500}


def award(
    stage: Stage, holder: cast.Firm, ask: finance.TenderOpen, terms: finance.Quote
) -> tuple[str, str]:
    """The quote of the lower bid, which the holder takes; the code with which the other one is refused.

    `terms`: a quote for the same certificate, whose dates all bids share.
    """
    stage.at(asked_at)
    opening = stage.sign(holder.maker, "finance.tender.open/1", ask)
    tender = payload_hash(opening.envelope).hex()
    stage.append([opening])
    for bank in (cast.bank, cast.other_bank):
        _seal(stage, bank, tender, terms)
    stage.at(opened_at)
    quotes = {}
    for bank in (cast.bank, cast.other_bank):
        opened = stage.sign(bank.maker, "finance.bid.open/1", _bid(bank, tender, ask, terms))
        stage.append([opened])
        quotes[bank.handle] = payload_hash(opened.envelope).hex()
    stage.at(taken_at)
    dearer = finance.QuoteAccept(quote=quotes[cast.other_bank.handle])
    refused = stage.try_to(stage.sign(holder.maker, "finance.quote.accept/1", dearer))
    best = quotes[cast.bank.handle]
    stage.say(holder.maker, "finance.quote.accept/1", finance.QuoteAccept(quote=best))
    return best, refused


def _seal(stage: Stage, bank: cast.Firm, tender: str, terms: finance.Quote) -> None:
    """It keeps to itself what it reads, searches the register, and seals."""
    sealed = finance.commitment(tender, bank.handle, rates_ppm[bank.handle], _salt(bank))
    search = finance.Search(
        certificate=terms.certificate, holder=terms.holder, number=f"DEMO-SEARCH-{bank.id}",
        evidence=_digest(f"search {bank.id}"), searched_at=asked_at,
    )  # fmt: skip
    stage.append(
        [
            stage.sign(
                bank.maker, "finance.tender.confide/1", finance.TenderConfide(tender=tender)
            ),
            stage.sign(bank.maker, "finance.search/1", search),
            stage.sign(
                bank.maker,
                "finance.bid.seal/1",
                finance.BidSeal(tender=tender, commitment=sealed),
            ),
        ]
    )


def _bid(
    bank: cast.Firm, tender: str, ask: finance.TenderOpen, terms: finance.Quote
) -> finance.BidOpen:
    rate = rates_ppm[bank.handle]
    told = finance.discounted(finance.DiscountTerms(ask.amount, rate, ask.value_on, terms.due_on))
    return finance.BidOpen(
        tender=tender, rate_ppm=rate, salt=_salt(bank), due_on=terms.due_on, roll=terms.roll,
        calendar=terms.calendar, calendar_version=terms.calendar_version, pays_on=terms.pays_on,
        days=told.days, discount=told.discount, net=told.net,
    )  # fmt: skip


def _salt(bank: cast.Firm) -> str:
    return _digest(f"salt {bank.id}")


def _digest(text: str) -> str:
    return hashlib.sha256(f"tallystick demo bid\n{text}".encode()).hexdigest()
