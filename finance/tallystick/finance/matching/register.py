"""Entry types and kinds of document of tolerances, releases and retention."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from tallystick.finance.draft import Row
from tallystick.finance.matching import bodies, releases, tolerances
from tallystick.finance.parties import speaker
from tallystick.ledger import Act, Document, EntryType, Kind, State, graded


def kinds() -> tuple[Kind, ...]:
    return (
        Kind("tolerance", {"tolerance-of": _owner}),
        Kind("tolerance-version", {"tolerance-version-of": _owner}),
        Kind("tolerance-proposal", {"tolerance-proposal-open": _open}),
        Kind("match-release"),
        Kind("match-release-proposal", {"match-release-proposal-open": _open_line}),
        Kind("retention"),
    )


def types() -> tuple[EntryType, ...]:
    return (
        EntryType(
            "finance.tolerances.propose/1",
            bodies.TolerancesPropose,
            tolerances.propose,
            "A maker of a core enterprise proposes tolerances of the match",
            _own,
            promise=True,
            data=graded("trade", "partner"),
        ),
        EntryType(
            "finance.tolerances.approve/1",
            bodies.TolerancesApprove,
            tolerances.approve,
            "A checker approves them; they are in force from here on",
            _own,
            own_key=True,
            promise=True,
            data=graded("trade", "partner"),
        ),
        EntryType(
            "finance.match.release.propose/1",
            bodies.ReleasePropose,
            releases.propose,
            "A maker of the buyer proposes to let a held line pass",
            _own,
            promise=True,
            data=graded("trade", "partner"),
        ),
        EntryType(
            "finance.match.release.approve/1",
            bodies.ReleaseApprove,
            releases.approve,
            "A checker approves; what was held of the line can be confirmed",
            _own,
            own_key=True,
            promise=True,
            data=graded("trade", "partner"),
        ),
    )


def _own(state: State, act: Act[Any]) -> Iterable[str]:
    """What a buyer tolerates is for itself alone: a seller who knew would bill up to it."""
    return (speaker(state, act.author).organisation,)


def _owner(_name: str, _part: str, document: Document) -> Iterable[str]:
    return (str(document["organisation"]),)


def _open(_name: str, _part: str, document: Document) -> Iterable[str]:
    return (str(document["organisation"]),) if document["status"] == "open" else ()


def _open_line(_name: str, _part: str, document: Document) -> Iterable[str]:
    row = cast(Row, document)
    return (f"{row['invoice']} {row['line']}",) if row["status"] == "open" else ()
