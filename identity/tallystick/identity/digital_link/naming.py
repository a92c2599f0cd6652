"""Which records a Digital Link names, from the finest of its levels to the key.

A level is named as it stands, or by its finest qualifier alone (a GTIN and its serial name one thing, whatever lot it
is of). A claim of the code comes first (ADR 0035). A record may also state its key in a public TALLYSTICK.GS1 value;
nothing keeps two from stating one key, so a key that records of several owners state names none of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, cast

from tallystick.identity import codes, names, records
from tallystick.identity.claims.views import by_code, names_for, names_of
from tallystick.identity.digital_link.link import DigitalLink, build, parse_path
from tallystick.identity.digital_link.record_links import Offer, offer
from tallystick.identity.digital_link.values import gs1_type
from tallystick.identity.views import CodesOfBatches, resolve, values_for
from tallystick.ledger import Document, Reader, View, public_reader

stated_index = "handle-by-gs1"
_stating_max = 20


class Naming(Protocol):
    def __call__(
        self, view: View, reader: Reader, link: DigitalLink, at: int | None, /
    ) -> str | None:
        """The handle of the record that exactly this key and these qualifiers name, if the reader may know.

        `at`: after the entry of this index; None for now.
        """
        ...


def claimed(view: View, reader: Reader, link: DigitalLink, at: int | None) -> str | None:
    """By a claim that the reader may see."""
    found = by_code(view, codes.Code(*codes.code_of(link)), at)
    return next((name.handle for name in names_for(reader, [found] if found else [])), None)


def stated_keys(_name: str, _part: str, value: Document) -> Iterable[str]:
    """The index of records by the keys that they publicly state."""
    for one in cast(Sequence[Mapping[str, Any]], value["values"]):
        if one["type"] == gs1_type and records.is_public(one):
            yield cast(str, one["data"])


def stated(view: View, _reader: Reader, link: DigitalLink, at: int | None) -> str | None:
    """By the key that a record states, of those that state it now: what others stated once is in no index."""
    found = view.find(stated_index, link.path, limit=_stating_max)
    told = [cast(Mapping[str, Any], one.value) for one in found]
    if at is not None:
        told = [row for row in told if _stated_then(view, row["handle"], link.path, at)]
    owners = {row["owner"] for row in told}
    return str(told[0]["handle"]) if len(owners) == 1 else None


def _stated_then(view: View, handle: str, path: str, at: int) -> bool:
    then = resolve(view, handle, at)
    return then is not None and any(
        value.type == gs1_type and value.public and value.value == path for value in then.values
    )


#: How a key leads to a record: the first way that finds one.
usual_namings: Sequence[Naming] = (claimed, stated)


def printed(view: View, handle: str) -> DigitalLink | None:
    """The GTIN and serial by which everybody may know a record: as claimed, else as it states them."""
    for name in names_for(public_reader, names_of(view, handle)):
        if name.scheme == "sgtin":
            gtin, _, serial = name.code.partition("(21)")
            return build(("01", gtin), {"21": serial})
    record = resolve(view, handle)
    shown = values_for(public_reader, record) if record is not None else ()
    for value in shown:
        link = parse_path(value.value) if value.type == gs1_type else None
        if link is not None and [ai for ai, _ in link.qualifiers[-1:]] == ["21"]:
            known = claimed(view, public_reader, link, None) or stated(
                view, public_reader, link, None
            )
            return link if known and names.fold(known) == names.fold(handle) else None
    return None


def offers(
    view: View,
    reader: Reader,
    link: DigitalLink,
    base_url: str,
    namings: Sequence[Naming],
    at: int | None = None,
    issued: CodesOfBatches | None = None,
) -> Iterator[Offer]:
    """What each level that has a record offers this reader, looked up one after the other; as of an entry, or now."""
    seen: set[str] = set()
    for level in link.levels():
        handle = _named(view, reader, level, namings, at)
        if handle is None or names.fold(handle) in seen:
            continue
        seen.add(names.fold(handle))
        record = resolve(view, handle, at, issued)
        if record is not None and not record.deleted:
            yield offer(level, record, values_for(reader, record), base_url)


def _named(
    view: View, reader: Reader, level: DigitalLink, namings: Sequence[Naming], at: int | None
) -> str | None:
    spellings = (level, level.finest()) if len(level.qualifiers) > 1 else (level,)
    told = (naming(view, reader, one, at) for one in spellings for naming in namings)
    return next((handle for handle in told if handle is not None), None)
