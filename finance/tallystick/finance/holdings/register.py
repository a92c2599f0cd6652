"""Entry types, kinds of document and ends of pledges, locks, freezes, disputes and cancellations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from tallystick.finance.draft import Row
from tallystick.finance.holdings import (
    bodies,
    cancelling,
    disputes,
    freezes,
    locks,
    pledges,
    releasing,
)
from tallystick.finance.parties import speaker
from tallystick.finance.receivables.expiry import Ender
from tallystick.ledger import Act, Document, EntryType, IndexKeys, Kind, Parties, State, graded

_data = graded("money", "partner")

enders: Mapping[str, Ender] = {
    "pledge": pledges.expire,
    "lock": locks.expire,
    "dispute": disputes.expire,
    "cancellation": cancelling.expire,
    "freeze": freezes.expire,
}


def kinds() -> tuple[Kind, ...]:
    sides = {"from", "to"}
    return (
        Kind("split-budget"),
        Kind("evidence-use"),
        Kind(
            "pledge",
            {"pledge-of": _by(*sides), "pledge-of-certificate": _open("offered", "pledged")},
        ),
        Kind("lock", {"lock-of": _by(*sides), "lock-of-certificate": _open("locked")}),
        Kind("dispute", {"dispute-of": _by(*sides), "dispute-of-certificate": _open("disputed")}),
        Kind(
            "cancellation",
            {"cancellation-of": _by(*sides), "cancellation-of-certificate": _open("proposed")},
        ),
        Kind(
            "freeze",
            {
                "freeze-of": _told,
                "freeze-by": _by("node"),
                "freeze-of-certificate": _open("frozen"),
            },
        ),
        Kind("freeze-proposal", {"freeze-proposal-of": _by("node")}),
        Kind("freeze-count"),
    )


def types() -> tuple[EntryType, ...]:
    return (*_pledge_types(), *_lock_types(), *_freeze_types(), *_other_types())


def _pledge_types() -> tuple[EntryType, ...]:
    sides = _sides("pledge", "pledge")
    return (
        EntryType(
            "finance.pledge.offer/1",
            bodies.PledgeOffer,
            pledges.offer,
            "A holder offers an amount as security",
            _stated("to"),
            promise=True,
            data=_data,
        ),
        EntryType(
            "finance.pledge.accept/1",
            bodies.PledgeAccept,
            pledges.accept,
            "The pledgee accepts; the units are pledged",
            sides,
            own_key=True,
            data=_data,
        ),
        EntryType(
            "finance.pledge.refuse/1",
            bodies.PledgeAnswer,
            pledges.refuse,
            "The pledgee refuses a pledge",
            sides,
            data=_data,
        ),
        EntryType(
            "finance.pledge.withdraw/1",
            bodies.PledgeAnswer,
            pledges.withdraw,
            "The holder withdraws the offer of a pledge",
            sides,
            data=_data,
        ),
        EntryType(
            "finance.pledge.release/1",
            bodies.PledgeAnswer,
            releasing.release,
            "The pledgee releases a pledge before its end",
            sides,
            own_key=True,
            data=_data,
        ),
    )


def _lock_types() -> tuple[EntryType, ...]:
    return (
        EntryType(
            "finance.lock/1",
            bodies.Lock,
            locks.lock,
            "A holder locks an amount until an end",
            _stated("favour"),
            promise=True,
            data=_data,
        ),
        EntryType(
            "finance.lock.release/1",
            bodies.LockRelease,
            locks.release,
            "Whom a lock favours releases it before its end",
            _sides("lock", "lock"),
            own_key=True,
            data=_data,
        ),
    )


def _freeze_types() -> tuple[EntryType, ...]:
    return (
        EntryType(
            "finance.freeze.propose/1",
            bodies.FreezePropose,
            freezes.propose,
            "A person of a node proposes to freeze units by a filed order",
            _stated(),
            own_key=True,
            data=_data,
        ),
        EntryType(
            "finance.freeze.change/1",
            bodies.FreezeChange,
            freezes.change,
            "A person of a node proposes to extend or lift a freeze by a later order",
            _stated(),
            own_key=True,
            data=_data,
        ),
        EntryType(
            "finance.freeze.approve/1",
            bodies.FreezeApprove,
            freezes.approve,
            "A second person approves: units are frozen, a freeze is extended or lifted",
            _sides("freeze-proposal", "proposal", "node", "holder"),
            own_key=True,
            data=_data,
        ),
    )


def _other_types() -> tuple[EntryType, ...]:
    cancellation, dispute = _sides("cancellation", "cancellation"), _sides("dispute", "dispute")
    both = _sides("certificate", "certificate", "issuer", "holder")
    return (
        EntryType(
            "finance.cancel.propose/1",
            bodies.CancelPropose,
            cancelling.propose,
            "Issuer or original holder proposes to cancel what never left its hand",
            both,
            data=_data,
        ),
        EntryType(
            "finance.cancel.agree/1",
            bodies.CancelAnswer,
            cancelling.agree,
            "The other side agrees; so much is owed no more",
            cancellation,
            own_key=True,
            data=_data,
        ),
        EntryType(
            "finance.cancel.decline/1",
            bodies.CancelAnswer,
            cancelling.decline,
            "The other side declines a cancellation",
            cancellation,
            data=_data,
        ),
        EntryType(
            "finance.cancel.withdraw/1",
            bodies.CancelAnswer,
            cancelling.withdraw,
            "Whoever proposed a cancellation withdraws it",
            cancellation,
            data=_data,
        ),
        EntryType(
            "finance.dispute/1",
            bodies.Dispute,
            disputes.dispute,
            "The issuer disputes what the original holder has not passed on",
            both,
            own_key=True,
            data=_data,
        ),
        EntryType(
            "finance.dispute.withdraw/1",
            bodies.DisputeWithdraw,
            disputes.withdraw,
            "The issuer withdraws its dispute",
            dispute,
            data=_data,
        ),
    )


def _by(*fields: str) -> IndexKeys:
    def keys(_name: str, _part: str, document: Document) -> Iterable[str]:
        return sorted({str(document[field]) for field in fields if document.get(field)})

    return keys


def _open(*statuses: str) -> IndexKeys:
    """By certificate while it goes on; each holds a lot, so that they are few."""

    def keys(_name: str, _part: str, document: Document) -> Iterable[str]:
        return (str(document["certificate"]),) if document["status"] in statuses else ()

    return keys


def _told(_name: str, _part: str, document: Document) -> Iterable[str]:
    """By whom a freeze concerns, who learns of it at once: the holder and its pledgees."""
    row = cast(Row, document)
    return sorted({row["holder"], *row["pledgees"]})


def _stated(*fields: str) -> Parties:
    def parties(state: State, act: Act[Any]) -> Iterable[str]:
        named = [getattr(act.body, field) for field in fields]
        return [*filter(None, named), speaker(state, act.author).organisation]

    return parties


def _sides(kind: str, field: str, *members: str) -> Parties:
    def parties(state: State, act: Act[Any]) -> Iterable[str]:
        found = cast(Row, state.get(kind, getattr(act.body, field)) or {})
        named = [found.get(member) for member in members or ("from", "to")]
        return [*[str(name) for name in named if name], speaker(state, act.author).organisation]

    return parties
