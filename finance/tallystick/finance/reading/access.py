"""Who may read what: default deny.

A document is read by its parties and auditors; a certificate by its issuer, its paying bank, whoever
holds or held a part of it, the banks that finance or quote it, firms to which a part stands offered, and
auditors. Anybody else learns not even that it exists.
"""

from __future__ import annotations

from typing import Protocol

from tallystick.finance.draft import Row, row
from tallystick.finance.errors import NotReadable
from tallystick.ledger.state import View


class Reading(Protocol):
    """A view, and on whose behalf it is read: an organisation, an auditor, or the public (None)."""

    @property
    def view(self) -> View: ...

    @property
    def organisation(self) -> str | None: ...

    @property
    def auditor(self) -> bool: ...


def readable_certificate(reading: Reading, name: str) -> Row:
    """The certificate; raises `NotReadable` for whoever is no party of it."""
    found = row(reading.view.get("certificate", name))
    if found is None or not (reading.auditor or _takes_part(reading, name)):
        raise NotReadable(name)
    return found


def readable_document(reading: Reading, kind: str, name: str) -> Row:
    """A trade document; raises `NotReadable` for whoever is neither party nor carrier of it."""
    found = row(reading.view.get(kind, name))
    if found is None:
        raise NotReadable(name)
    parties = {found["buyer"], found["seller"], found.get("carrier")} - {None}
    if not (reading.auditor or reading.organisation in parties):
        raise NotReadable(name)
    return found


def readable_organisation(reading: Reading, organisation: str | None) -> str:
    """The organisation whose lists are asked for: one's own, or anybody's for an auditor."""
    asked = organisation or reading.organisation
    if asked is None or not (reading.auditor or asked == reading.organisation):
        raise NotReadable(asked or "")
    return asked


def _takes_part(reading: Reading, name: str) -> bool:
    mine, view = reading.organisation, reading.view
    if mine is None:
        return False
    if view.get("certificate-party", name, mine) is not None:
        return True
    return any(
        mine in (found.value.get("to"), found.value.get("bank"))
        for index, open_statuses in (
            ("offer-of-certificate", ("open",)),
            ("quote-of-certificate", ("accepted",)),
        )
        for found in view.find(index, name, limit=1000)
        if found.value["status"] in open_statuses
    )
