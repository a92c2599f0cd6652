"""Credentials as their parties see them, and a buyer's suppliers against what it asks of them.

Whoever holds, issued, or was shown a credential sees its row; nobody else learns that there is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from tallystick.identity.credentials import kinds
from tallystick.identity.credentials.errors import CredentialUnknown
from tallystick.identity.credentials.rules import kind, need_kind, shown_kind
from tallystick.identity.credentials.standing import Standing, Stood, better, stood
from tallystick.identity.saying import credential_types, requirement_types, said_by
from tallystick.ledger import Reader, Thing, View

page_max = 200
#: Suppliers looked at for one page, however few of their rows fit the filter.
suppliers_per_page_max = 500
shown_by_one_max = 500
Side = Literal["holder", "issuer", "buyer"]
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Listed:
    """A credential in somebody's list. `kind` is empty where the holder did not show it."""

    credential: str
    row: Row
    stood: Stood
    kind: str
    shown: Row | None = None

    @property
    def fields(self) -> Sequence[str]:
        return self.shown["fields"] if self.shown else ()

    def told(self) -> dict[str, Any]:
        """What a buyer, holder or issuer may know of it."""
        row, more = self.row, {}
        for name in ("expires", "reason", "seen", "material"):
            if name in row:
                more[name] = row[name]
        if self.shown:
            more |= {"shown": {name: self.shown[name] for name in ("index", "time", "fields")}}
        return {
            "credential": self.credential,
            "source": row["source"],
            "issuer": row["issuer"],
            "holder": row["holder"],
            "standing": self.stood.standing,
            **({"days": self.stood.days} if self.stood.days is not None else {}),
            **({"kind": self.kind} if self.kind else {}),
            **more,
        }


@dataclass(frozen=True, slots=True)
class Qualification:
    """What a supplier has shown a buyer of one kind that the buyer asks for."""

    supplier: str
    kind: str
    stood: Stood
    found: Listed | None

    @property
    def cursor(self) -> str:
        return f"{self.supplier} {self.kind}"

    def told(self) -> dict[str, Any]:
        return {
            "supplier": self.supplier,
            "kind": self.kind,
            "standing": self.stood.standing,
            **({"days": self.stood.days} if self.stood.days is not None else {}),
            **({"certificate": self.found.told()} if self.found else {}),
        }


@dataclass(frozen=True, slots=True)
class Page:
    """`next`: the cursor of the page behind, None at the end. A page may be short, and not the last."""

    rows: Sequence[Qualification]
    next: str | None


def credential_for(view: View, reader: Reader, digest: str, now_ms: int) -> Listed:
    """A credential for one of its parties. Raises `CredentialUnknown`."""
    row = cast(Row | None, view.get(kind, digest))
    if row is None:
        raise CredentialUnknown(digest)
    shown = view.group(shown_kind, digest)
    thing = _thing(digest, row)
    if reader.may_read("parties", (row["issuer"], row["holder"]), thing=thing):
        return Listed(digest, row, stood(row, now_ms), row["kind"])
    for buyer, document in shown.items():
        if reader.still_reads(thing, (buyer,)) and reader.may_read("parties", (buyer,)):
            return _shown(digest, row, cast(Row, document), now_ms)
    raise CredentialUnknown(digest)


def credentials_for(reader: Reader, found: Iterable[Listed], organisation: str) -> list[Listed]:
    """Of an organisation's list that the reader may see, those that no grade raised since keeps from it."""
    return [
        one for one in found if reader.still_reads(_thing(one.credential, one.row), (organisation,))
    ]


def asks(reader: Reader, buyer: str, *of: str) -> bool:
    """Whether no grade raised since keeps from the reader what a buyer asks of its suppliers."""
    said = said_by(requirement_types, buyer)
    return reader.still_reads(Thing("credentials", said=said), (buyer, *of))


def _thing(digest: str, row: Row) -> Thing:
    said = said_by(credential_types, row["issuer"], row["holder"])
    return Thing("credentials", digest, said=said)


def credentials(
    view: View, organisation: str, side: Side, now_ms: int, after: str = "", limit: int = page_max
) -> list[Listed]:
    """Of an organisation whose list the reader may see, by name; `after` the one of this name."""
    if side == "buyer":
        found = view.find(kinds.shown_to, organisation, after=_behind(after), limit=limit)
        return [_seen(view, one.name, cast(Row, one.value), now_ms) for one in found]
    index = kinds.by_holder if side == "holder" else kinds.by_issuer
    rows = view.find(index, organisation, after=(after, "") if after else None, limit=limit)
    return [
        Listed(one.name, cast(Row, one.value), stood(cast(Row, one.value), now_ms), str(one.value["kind"]))
        for one in rows
    ]  # fmt: skip


def qualifications(
    view: View,
    buyer: str,
    now_ms: int,
    *,
    supplier: str = "",
    wanted: str = "",
    standing: Standing | None = None,
    after: str = "",
    limit: int = 50,
) -> Page:
    """A buyer's suppliers × the kinds that it asks of them, in the order of their handles."""
    rows: list[Qualification] = []
    needs = cast(Mapping[str, Row], view.group(need_kind, buyer))
    begin, _, _ = after.partition(" ")
    looked = 0
    for handle, need in needs.items():
        if handle < begin or (supplier and handle != supplier):
            continue
        if looked == suppliers_per_page_max:
            return Page(rows, f"{handle} ")
        looked += 1
        for row in _of_supplier(view, buyer, handle, need, now_ms):
            if row.cursor <= after or (wanted and row.kind != wanted):
                continue
            if standing is not None and row.stood.standing != standing:
                continue
            if len(rows) == limit:
                return Page(rows, rows[-1].cursor)
            rows.append(row)
    return Page(rows, None)


def _of_supplier(
    view: View, buyer: str, supplier: str, need: Row, now_ms: int
) -> Iterator[Qualification]:
    best: dict[str, Listed] = {}
    key = f"{buyer} {supplier}"
    for found in view.find(kinds.shown_to, key, limit=shown_by_one_max):
        one = _seen(view, found.name, cast(Row, found.value), now_ms)
        before = best.get(one.kind)
        if one.kind and (before is None or better(one.stood, before.stood)):
            best[one.kind] = one
    for wanted in need["kinds"]:
        held = best.get(wanted)
        yield Qualification(supplier, wanted, held.stood if held else Stood("not-shown"), held)


def needs_of(view: View, supplier: str, limit: int = page_max) -> list[tuple[str, Sequence[str]]]:
    """Which kinds are asked of a supplier, by whom: for the supplier itself."""
    found = view.find(kinds.need_of, supplier, limit=limit)
    return [(one.name, cast(Sequence[str], one.value["kinds"])) for one in found]


def _seen(view: View, digest: str, document: Row, now_ms: int) -> Listed:
    return _shown(digest, cast(Row, view.get(kind, digest)), document, now_ms)


def _shown(digest: str, row: Row, document: Row, now_ms: int) -> Listed:
    return Listed(digest, row, stood(row, now_ms), str(document.get("kind", "")), document)


def _behind(after: str) -> tuple[str, str] | None:
    """Behind all buyers of the credential of this name."""
    return (after, "\uffff") if after else None
