"""Entry types and kinds of document of limits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tallystick.finance.limits import bodies, rules
from tallystick.finance.parties import speaker
from tallystick.ledger import Act, Document, EntryType, Kind, State, graded

_data = graded("money", "partner")


def kinds() -> tuple[Kind, ...]:
    return (
        Kind("limit", {"limit-of": _whose}),
        Kind("limit-version", {"limit-version-of": _owner}),
        Kind("limit-group", {"limit-group-of": _node}),
        Kind("limit-group-member"),
        Kind("limit-proposal", {"limit-proposal-open": _open}),
    )


def types() -> tuple[EntryType, ...]:
    return (
        EntryType(
            "finance.limit.propose/1",
            bodies.LimitPropose,
            rules.propose,
            "A person proposes a limit of a core, a group or a funder",
            _own,
            own_key=True,
            data=_data,
        ),
        EntryType(
            "finance.limit.approve/1",
            bodies.LimitApprove,
            rules.approve,
            "A second person approves; the limit is in force from here on",
            _own,
            own_key=True,
            data=_data,
        ),
    )


def _own(state: State, act: Act[Any]) -> Iterable[str]:
    """What a funder may still take on is for itself alone: whoever knew would price by it."""
    return (speaker(state, act.author).organisation,)


def _whose(name: str, _part: str, document: Document) -> Iterable[str]:
    """A funder's own; of a core its own and its node's; of a group its node's."""
    kind, whose = name.split(" ")[:2]
    found = {whose.partition("#")[0] if kind == "group" else whose}
    return sorted(found | {str(document["owner"])} if "owner" in document else found)


def _owner(_name: str, _part: str, document: Document) -> Iterable[str]:
    return (str(document["owner"]),)


def _node(_name: str, _part: str, document: Document) -> Iterable[str]:
    return (str(document["node"]),)


def _open(_name: str, _part: str, document: Document) -> Iterable[str]:
    return (str(document["organisation"]),) if document["status"] == "open" else ()
