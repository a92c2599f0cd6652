"""Names as readers get them, now or as they were after an entry. What a reader may see of them: `names_for`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from tallystick.identity import codes, names
from tallystick.identity.claims.contests import decider
from tallystick.identity.claims.subjects import owner_of
from tallystick.identity.codes import Code
from tallystick.identity.saying import contest_types, name_types, said_by
from tallystick.ledger import Found, Reader, Thing, View

names_shown_max = 500
contests_shown_max = 100


@dataclass(frozen=True, slots=True)
class Name:
    """A code that names a record from the entry `since` on, until `until` (the first index without it).

    `owner`: who speaks for the record now. `continues`: {resolver, evidence?}, where its history before us was.
    `replaces`, `replaced_by`: codes of the same scheme. `readers`: empty if public.
    """

    scheme: str
    code: str
    handle: str
    owner: str
    since: int
    until: int | None = None
    continues: Mapping[str, str] | None = None
    replaces: str | None = None
    replaced_by: str | None = None
    readers: tuple[str, ...] = ()

    @property
    def public(self) -> bool:
        return not self.readers


@dataclass(frozen=True, slots=True)
class Contest:
    """`handle` of `owner` should have the code that names a record of `holder`. `decider`: None if it ended,
    or if nobody is above both."""

    scheme: str
    code: str
    handle: str
    owner: str
    holder: str
    reason: str
    since: int
    until: int | None = None
    outcome: str | None = None
    evidence: str | None = None
    decider: str | None = None


def by_name(view: View, scheme: str, text: str, *, at: int | None = None) -> Name | None:
    """Which record a code names, spelled as people may; raises `CodeRefused`, `SchemeUnknown`.

    `at`: after the entry of this index.
    """
    return by_code(view, codes.parse(scheme, text), at)


def by_code(view: View, code: Code, at: int | None = None) -> Name | None:
    """As `by_name`, of a code in its canonical spelling."""
    for found in _claims(view, code):
        name = _name(code, found, owner_of(view, found["handle"]), at)
        if _in_force(name, at):
            return name
    return None


def names_of(view: View, handle: str, *, at: int | None = None) -> tuple[Name, ...]:
    """Every name of a record, in the order of schemes and codes; at most `names_shown_max`."""
    key = names.fold(handle)
    rows = list(view.find("name-by-handle", key, limit=names_shown_max))
    if at is not None:
        rows += view.find("name-past-by-handle", key, limit=names_shown_max)
    owner = owner_of(view, cast(str, rows[0].value["handle"])) if rows else ""
    told = (_name(_code(row.name), row.value, owner, at) for row in rows)
    return tuple(
        sorted((one for one in told if _in_force(one, at)), key=lambda one: (one.scheme, one.code))
    )


def names_for(reader: Reader, found: Iterable[Name]) -> tuple[Name, ...]:
    """Those that the reader may see."""
    return tuple(one for one in found if _readable(reader, one))


def contests_of(view: View, handle: str) -> tuple[Contest, ...]:
    """All about a record, open or ended: what it contests, and who contests its names."""
    key = names.fold(handle)
    found: list[Found] = []
    for index in ("name-contest-by-handle", "name-contest-past-by-handle"):
        found += view.find(index, key, limit=contests_shown_max)
    return _contests(view, found)


def contests_about(view: View, organisation: str) -> tuple[Contest, ...]:
    """The open ones in which an organisation is a claimant, or was to decide when they began."""
    found = view.find("name-contest-by-party", organisation, limit=contests_shown_max)
    return _contests(view, found)


def contests_for(reader: Reader, found: Iterable[Contest]) -> tuple[Contest, ...]:
    """Those in which the reader has a part: as a claimant, or as who decides."""
    return tuple(
        one
        for one in found
        if reader.may_read("parties", (one.owner, one.holder, one.decider), thing=_thing(one))
    )


def _thing(one: Contest) -> Thing:
    types = (*contest_types, *name_types)
    return Thing(
        "contests",
        f"{one.scheme}:{one.code}",
        said=said_by(types, one.owner, one.holder, one.decider),
    )


def _contests(view: View, found: Iterable[Found]) -> tuple[Contest, ...]:
    told = {(row.name, row.part): _contest(view, row) for row in found}
    return tuple(sorted(told.values(), key=lambda one: one.since))


def _contest(view: View, found: Found) -> Contest:
    code, row = _code(found.name), cast(Mapping[str, Any], found.value)
    holder = cast(Mapping[str, Any] | None, view.get("name", found.name))
    above, owner, against = None, row["owner"], row["holder"]
    if holder is not None and "until" not in row:
        above = decider(view, code, holder, row)
        owner, against = (owner_of(view, row[name]) for name in ("handle", "against"))
    return Contest(
        code.scheme, code.value, row["handle"], owner, against, row["reason"], row["since"],
        row.get("until"), row.get("outcome"), row.get("evidence"), above,
    )  # fmt: skip


def _claims(view: View, code: Code) -> Iterator[Mapping[str, Any]]:
    """The newest first."""
    now = view.get("name", code.name)
    if now is not None:
        yield now
    yield from reversed(list(view.group("name-past", code.name).values()))


def _name(code: Code, row: Mapping[str, Any], owner: str, at: int | None) -> Name:
    by = row.get("replaced_by")
    return Name(
        code.scheme, code.value, row["handle"], owner, row["since"], row.get("until"),
        row.get("continues"), row.get("replaces"),
        by["code"] if by is not None and (at is None or by["since"] <= at) else None,
        tuple(row.get("readers", ())),
    )  # fmt: skip


def _in_force(name: Name, at: int | None) -> bool:
    if at is None:
        return name.until is None
    return name.since <= at and (name.until is None or at < name.until)


def _readable(reader: Reader, name: Name) -> bool:
    if name.public:
        return reader.may_read("public")
    thing = Thing("names", f"{name.scheme}:{name.code}", said=said_by(name_types, name.owner))
    return reader.may_read("parties", (name.owner, *name.readers), thing=thing)


def _code(name: str) -> Code:
    scheme, _, code = name.partition(":")
    return Code(scheme, code)
