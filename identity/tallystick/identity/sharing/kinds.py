"""Entry types and kinds of document of sharing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from tallystick.identity import directory
from tallystick.identity.sharing import bodies, rules
from tallystick.ledger import Act, AttachmentRef, Document, EntryType, Kind, RuleSet, State
from tallystick.ledger.grading import Mark, graded

disclose_type = "identity.disclose/1"
offer_type = "identity.share.offer/1"
accept_type = "identity.share.accept/1"
end_type = "identity.share.end/1"
by_owner, by_reader = "sharing-by-owner", "sharing-by-reader"


def _owner(_name: str, _part: str, row: Document) -> Iterable[str]:
    return [cast(str, row["owner"])]


def _reader(_name: str, _part: str, row: Document) -> Iterable[str]:
    return [cast(str, row["to"])]


def _two(state: State, act: Act[bodies.Disclose | bodies.OfferSharing]) -> Iterable[str]:
    return (directory.speaker(state, act.author).organisation, act.body.to)


def _sides(state: State, act: Act[bodies.AcceptSharing | bodies.EndSharing]) -> Iterable[str]:
    row = state.get(rules.kind, act.body.agreement)
    yield directory.speaker(state, act.author).organisation
    if row is not None:
        yield from (cast(str, row["owner"]), cast(str, row["to"]))


def _terms(body: bodies.Disclose | bodies.OfferSharing) -> Iterable[AttachmentRef]:
    return () if body.terms is None else (body.terms,)


def register(rule_set: RuleSet) -> None:
    rule_set.add_kinds(
        Kind(rules.kind, {by_owner: _owner, by_reader: _reader}),
        Kind(rules.given_kind),
        Kind(rules.changed_kind),
    )
    rule_set.add(
        EntryType(
            disclose_type,
            bodies.Disclose,
            rules.disclose,
            "An organisation lets another read things of its own, at once, until a day",
            parties=_two,
            own_key=True,
            attachments=_terms,
            data=graded("trade", "partner", attachments=Mark("trade", "partner")),
        ),
        EntryType(
            offer_type,
            bodies.OfferSharing,
            rules.offer,
            "An organisation offers another an agreement about what each may read",
            parties=_two,
            own_key=True,
            promise=True,
            attachments=_terms,
            data=graded("trade", "partner", attachments=Mark("trade", "partner")),
        ),
        EntryType(
            accept_type,
            bodies.AcceptSharing,
            rules.accept,
            "The other side accepts a sharing agreement, which holds from here on",
            parties=_sides,
            own_key=True,
            promise=True,
            data=graded("trade", "partner"),
        ),
        EntryType(
            end_type,
            bodies.EndSharing,
            rules.end,
            "Either side ends what was shared, or refuses or withdraws an offer",
            parties=_sides,
            own_key=True,
            data=graded("trade", "partner"),
        ),
    )
