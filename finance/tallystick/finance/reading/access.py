"""Who the parties of finance's things are; whether a reader is one of them `ledger.Reader` decides.

A document is read by its buyer, seller and carrier; a certificate by its issuer, its paying bank, whoever
holds or held a part of it, the banks that finance it or whose quote was accepted, firms to which a part
stands offered, and funders in a tender who signed that they keep it to themselves. Anybody else learns not even that it exists.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from tallystick.finance.bidding.readers import confiding
from tallystick.finance.draft import Row, row
from tallystick.finance.errors import NotReadable
from tallystick.finance.known import sides
from tallystick.finance.reading.saying import act_thing, certificate_thing, document_thing
from tallystick.finance.reading.visibility import Sight, sight
from tallystick.finance.receivables.budgets import holdings_max
from tallystick.ledger import Reader, Thing, View

#: Whose answer something waits for, or in whose favour it is.
_asked = (
    ("offer-of-certificate", "to"),
    ("quote-of-certificate", "bank"),
    ("pledge-of-certificate", "to"),
    ("lock-of-certificate", "to"),
)


class Reading(Protocol):
    """A view, and on whose behalf it is read."""

    @property
    def view(self) -> View: ...

    @property
    def reader(self) -> Reader: ...


def readable_certificate(reading: Reading, name: str) -> Row:
    """What the reader may see of the certificate itself; raises `NotReadable` for whoever is no party of it."""
    found, seen = seen_certificate(reading, name)
    return seen.head(found)


def seen_certificate(reading: Reading, name: str) -> tuple[Row, Sight]:
    """The whole certificate, and what of it the reader may see; raises `NotReadable`.

    What is looked up is the same where there is none, so that its time tells strangers nothing.
    """
    found = row(reading.view.get("certificate", name))
    parties = tuple(certificate_parties(reading.view, name))
    thing = certificate_thing(name, found or {"issuer": ""})
    may = reading.reader.may_read("parties", parties, thing=thing)
    if found is None or not may:
        raise NotReadable(name)
    return found, sight(reading.view, reading.reader, name, found)


def readable_document(reading: Reading, kind: str, name: str) -> Row:
    """A trade document; raises `NotReadable` for whoever is neither party nor carrier of it. As above."""
    found = row(reading.view.get(kind, name))
    told = found or {}
    may = reading.reader.may_read(
        "parties", sides(kind, told), thing=document_thing(kind, name, told)
    )
    if found is None or not may:
        raise NotReadable(name)
    return found


def still_listed(reading: Reading, kind: str, name: str, found: Row) -> bool:
    """Whether a row of a list that the reader gets is not kept from it by a grade that was raised since."""
    return reading.reader.still_reads(document_thing(kind, name, found), sides(kind, found))


def certificate_listed(reading: Reading, name: str) -> bool:
    """As `still_listed`, of a certificate."""
    head = row(reading.view.get("certificate", name))
    return head is None or reading.reader.still_reads(
        certificate_thing(name, head), certificate_parties(reading.view, name)
    )


def act_listed(
    reading: Reading, kind: str, name: str, found: Mapping[str, Any], *parties: object
) -> bool:
    """As `still_listed`, of what else acts put on record (`saying.act_thing`)."""
    return reading.reader.still_reads(act_thing(kind, name, found), parties)


def readable_organisation(
    reading: Reading, organisation: str | None, kind: str = "certificates"
) -> str:
    """The organisation whose lists are asked for: one's own, of who shares all of it, or for an auditor anybody's."""
    asked = reading.reader.lists_of(organisation, thing=Thing(kind))
    if asked is None:
        raise NotReadable(organisation or "")
    return asked


def certificate_parties(view: View, name: str) -> Iterator[str]:
    """Everybody who may read a certificate."""
    yield from view.group("certificate-party", name)
    for index, side in _asked:
        for found in view.find(index, name, limit=holdings_max):
            if side in found.value:
                yield str(found.value[side])
    yield from confiding(view, name)
