"""Entry types and kinds of document of tenders and sealed bids."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from tallystick.finance.bidding import bids, bodies, tenders
from tallystick.finance.draft import Row
from tallystick.finance.parties import speaker
from tallystick.ledger import Act, Document, EntryType, Kind, State, graded

_data = graded("money", "partner")


def kinds() -> tuple[Kind, ...]:
    return (
        Kind("tender", {"tender-of": _parties_of, "tender-of-certificate": _going_on}),
        Kind("bid"),
        Kind("funder-card"),
    )


def types() -> tuple[EntryType, ...]:
    return (
        EntryType(
            "finance.tender.open/1",
            bodies.TenderOpen,
            tenders.begin,
            "A holder asks funders for sealed bids",
            _asked,
            promise=True,
            data=_data,
        ),
        EntryType(
            "finance.tender.withdraw/1",
            bodies.TenderWithdraw,
            tenders.withdraw,
            "The holder withdraws a tender while bids are sealed",
            _everybody,
            data=_data,
        ),
        EntryType(
            "finance.tender.confide/1",
            bodies.TenderConfide,
            tenders.confide,
            "A funder will keep to itself what it reads of a certificate",
            _sides,
            own_key=True,
            data=_data,
        ),
        EntryType(
            "finance.tender.decline/1",
            bodies.TenderDecline,
            bids.decline,
            "A funder that was asked declines to bid",
            _sides,
            data=_data,
        ),
        EntryType(
            "finance.bid.seal/1",
            bodies.BidSeal,
            bids.seal,
            "A funder seals a bid: its digest alone",
            _sides,
            own_key=True,
            promise=True,
            data=_data,
        ),
        EntryType(
            "finance.bid.open/1",
            bodies.BidOpen,
            bids.unseal,
            "The funder opens its bid behind the deadline",
            _bidding,
            own_key=True,
            promise=True,
            data=_data,
        ),
    )


def _asked(state: State, act: Act[Any]) -> Iterable[str]:
    return (speaker(state, act.author).organisation, *act.body.funders)


def _sides(state: State, act: Act[Any]) -> Iterable[str]:
    """The funder and the holder: neither the debtor nor another funder reads a bid."""
    found = cast("Row", state.get("tender", act.body.tender) or {})
    holder = found.get("holder")
    return (speaker(state, act.author).organisation, *([str(holder)] if holder else []))


def _bidding(state: State, act: Act[Any]) -> Iterable[str]:
    """As `_sides`, and the debtor where it would bear the interest: it agrees to the very bid."""
    found = cast("Row", state.get("tender", act.body.tender) or {})
    debtor = [str(found["issuer"])] if found.get("borne_by") == "buyer" else []
    return (*_sides(state, act), *debtor)


def _everybody(state: State, act: Act[Any]) -> Iterable[str]:
    found = cast("Row", state.get("tender", act.body.tender) or {})
    return (speaker(state, act.author).organisation, *found.get("funders", ()))


def _parties_of(_name: str, _part: str, document: Document) -> Iterable[str]:
    tender = cast("Row", document)
    return sorted({str(tender["holder"]), *map(str, tender["funders"])})


def _going_on(_name: str, _part: str, document: Document) -> Iterable[str]:
    return (str(document["certificate"]),) if document["status"] in tenders.going_on else ()
