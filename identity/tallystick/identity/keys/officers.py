"""Who may act for an organisation about keys: the one place of this package that reads roles.

officers  <organisation>   {quorum, officers, since}   only where the organisation named them

Officers are persons who administer the organisation (`people.members`); where it named some, those alone. An
organisation that named none, and has no two officers of its own once it is founded, may also be helped by the persons
who administer the node that verified it (a firm of one person).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from tallystick.identity import directory
from tallystick.identity.people import members
from tallystick.identity.people.bodies import quorum_least
from tallystick.identity.people.panels import Path
from tallystick.ledger import Act, Signer, State


def administers(state: State, person: str, organisation: str) -> bool:
    """Whether this is a person who administers the organisation now, and is not suspended."""
    try:
        who = directory.speaker(state, person)
    except directory.UnknownParty:
        return False
    is_theirs = who.kind == "person" and who.organisation == organisation
    return is_theirs and members.administers(state, who)


def named(state: State, organisation: str) -> Mapping[str, Any] | None:
    """The officers that an organisation named."""
    return cast(Mapping[str, Any] | None, state.get("officers", organisation))


def quorum(state: State, organisation: str, path: Path) -> int:
    """How many persons it takes."""
    told = named(state, organisation) if path == "officers" else None
    return quorum_least if told is None else cast(int, told["quorum"])


def is_officer(state: State, person: str, organisation: str, path: Path) -> bool:
    """Whether a person counts for this organisation, now."""
    told = named(state, organisation)
    if path == "officers":
        chosen = told is None or person in told["officers"]
        return chosen and administers(state, person, organisation)
    if told is not None or _has_quorum(state, organisation):
        return False
    node = directory.prefix_holder(state, directory.organisation(state, organisation).node)
    return node is not None and administers(state, person, node)


def _has_quorum(state: State, organisation: str) -> bool:
    """Whether a founded organisation's own officers are enough; the suspended count, or a node would make room."""
    officers = members.with_role(state, organisation, members.officer_roles)
    return members.founded(state, organisation) and len(officers) >= quorum_least


def path_of(state: State, person: str, organisation: str) -> Path | None:
    """As what a person may take part in a recovery; None: not at all."""
    ways: tuple[Path, ...] = ("officers", "node")
    return next((way for way in ways if is_officer(state, person, organisation, way)), None)


def may_recover(state: State, person: str, organisation: str, owner: str) -> bool:
    """Whether a person takes part in recovering a key of `owner`, who is of that organisation."""
    return person != owner and path_of(state, person, organisation) is not None


def consents(state: State, act: Act[Any], organisation: str, owner: str) -> bool:
    """Whether the organisation signed what happens to a key of `owner`: by itself or an administrator.

    Not by a key that the node holds, nor by one that may not sign this type, nor by the owner.
    """
    return any(
        one.owner != owner
        and one.custody != "node"
        and _may_sign(state, one, act.type)
        and (
            _is_its_own(state, one.owner, organisation)
            or administers(state, one.owner, organisation)
        )
        for one in act.signers
    )


def speaks(state: State, act: Act[Any], organisation: str, owner: str) -> bool:
    """Whether the author is the owner of a key, its organisation, or an administrator of it."""
    return (
        act.author == owner
        or _is_its_own(state, act.author, organisation)
        or administers(state, act.author, organisation)
    )


def _is_its_own(state: State, author: str, organisation: str) -> bool:
    """Whether the organisation speaks by its own key, which ends with its founding."""
    return author == organisation and not members.founded(state, organisation)


def _may_sign(state: State, signer: Signer, entry_type: str) -> bool:
    """By what its registration says, without what every key may (`key_types.signing_types`)."""
    index = signer.key.partition(":")[0]
    row = cast(Mapping[str, Any] | None, state.get("key", signer.owner, index))
    return row is not None and allows(row["types"], entry_type)


def allows(types: Sequence[str], entry_type: str) -> bool:
    """Whether a list of exact names, `part.*` or `*` holds an entry type."""
    return any(
        one in ("*", entry_type) or (one.endswith(".*") and entry_type.startswith(one[:-1]))
        for one in types
    )
