"""Documents and entry types of people (see `members`, `proposals`, `control`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from tallystick.identity import directory
from tallystick.identity.grades import kinds as grade_kinds
from tallystick.identity.people import bodies, proposals, rules
from tallystick.identity.people.deeds import deeds, terms
from tallystick.identity.people.standing import guard
from tallystick.ledger import (
    Act,
    AttachmentRef,
    Document,
    EntryType,
    Kind,
    Mark,
    PublicKey,
    RuleSet,
    State,
    everybody,
    graded,
)

propose_type, decide_type = "identity.propose/1", "identity.decide/1"
#: About keys, whose registrations are for everybody.
_open_kinds = frozenset({"recover", "officers"})

#: Papers hold names and contacts.
proposed_data = graded(
    "identity", "partner", attachments=Mark("personal", "restricted"), shared=True
)

#: Names and contacts, for whoever looks after the organisation's people.
card_data = graded("identity", "public", attachments=Mark("personal", "restricted"))


def register(rule_set: RuleSet) -> None:
    """Add what is about people, and ask of every act whether its author may act."""
    more = grade_kinds.register(rule_set).deeds()
    agreed = proposals.Proposals({**deeds, **more}, terms)
    rule_set.guard = guard
    rule_set.add_kinds(
        Kind("person", {"person-by-organisation": _by_organisation}),
        Kind("member"),
        Kind("control"),
        Kind(
            proposals.proposal_kind,
            {
                proposals.pending_index: _by_whom,
                proposals.open_index: _open_by_whom,
                proposals.decided_index: _decided_by_whom,
            },
        ),
    )
    rule_set.add(
        EntryType(
            "identity.person.add/1",
            bodies.AddPerson,
            rules.add_person,
            "A person of an organisation, with roles, under a random handle",
            own_key=True,
            data=card_data,
            attachments=_card,
        ),
        EntryType(
            "identity.person.card/1",
            bodies.SetCard,
            rules.set_card,
            "A person's name and contacts, as an attachment that can be erased",
            own_key=True,
            data=card_data,
            attachments=_card,
        ),
        EntryType(
            "identity.organisation.found/1",
            bodies.FoundOrganisation,
            rules.found,
            "From here on an organisation's own people decide about its people",
            own_key=True,
            data=graded("identity", "public"),
        ),
        EntryType(
            "identity.person.leave/1",
            bodies.LeavePerson,
            rules.leave,
            "A person acts for its organisation no more; its keys end",
            own_key=True,
            data=graded("identity", "public"),
        ),
        EntryType(
            "identity.person.suspend/1",
            bodies.SuspendPerson,
            rules.suspend,
            "A person cannot act until two others readmit it",
            own_key=True,
            data=graded("identity", "public"),
        ),
        EntryType(
            propose_type,
            bodies.Propose,
            agreed.propose,
            "The first of several persons says what shall be done: roles, people, keys, amount tiers, organisations",
            parties=_proposed,
            own_key=True,
            attachments=_papers,
            data=proposed_data,
            introduces=_introduces,
        ),
        EntryType(
            decide_type,
            bodies.Decide,
            agreed.decide,
            "Another person approves or refuses, or the first withdraws",
            parties=_decided,
            own_key=True,
            data=graded("identity", "partner"),
        ),
    )


def _by_organisation(_name: str, _part: str, value: Document) -> Iterable[str]:
    return [cast(str, value["organisation"])]


def _by_whom(_name: str, _part: str, value: Document) -> Iterable[str]:
    """By the organisation, and by the node's, which may take part."""
    yield cast(str, value["organisation"])
    if "helper" in value:
        yield cast(str, value["helper"])


def _open_by_whom(name: str, part: str, value: Document) -> Iterable[str]:
    """As `_by_whom`, until it is decided."""
    return _by_whom(name, part, value) if value["state"] == "open" else ()


def _decided_by_whom(name: str, part: str, value: Document) -> Iterable[str]:
    """As `_by_whom`, with the month of the decision."""
    if "decided" in value:
        time = cast(Mapping[str, str], value["decided"])["time"]
        for one in _by_whom(name, part, value):
            yield proposals.decided_in(one, time)


def _introduces(body: bodies.Propose) -> Mapping[str, PublicKey]:
    what = body.what
    return {what.key: what.public_key()} if isinstance(what, bodies.RecoverKey) else {}


def _proposed(state: State, act: Act[Any]) -> Iterable[str]:
    if act.body.what.kind in _open_kinds:
        yield everybody
    yield act.body.organisation
    yield from _told(state, act.body.organisation, getattr(act.body.what, "organisation", None))


def _decided(state: State, act: Act[Any]) -> Iterable[str]:
    yield directory.speaker(state, act.author).organisation
    row = cast(Any, state.get(proposals.proposal_kind, act.body.proposal))
    if row is not None:
        if row["what"]["kind"] in _open_kinds:
            yield everybody
        yield row["organisation"]
        yield from _told(state, row["organisation"], row["what"].get("organisation"))


def _told(state: State, organisation: str, about: str | None) -> Iterable[str]:
    """The node that may stand in as second person, and the organisation that it is about."""
    if about is not None:
        yield about
    found = state.get("organisation", organisation)
    node = None if found is None else directory.prefix_holder(state, cast(str, found["node"]))
    if node is not None:
        yield node


def _card(body: bodies.AddPerson | bodies.SetCard) -> Iterable[AttachmentRef]:
    if body.card is not None:
        yield body.card


def _papers(body: bodies.Propose) -> Iterable[AttachmentRef]:
    if isinstance(body.what, bodies.AdmitOrganisation):
        yield from (paper.document for paper in body.what.papers)
