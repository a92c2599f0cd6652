"""Words of the pages about grades of data, their retention, and who gives remits. Each is a message of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.app.pages.language import message

tables: Mapping[str, Mapping[str, str]] = {
    "data_classes": {
        "identity": message("identity"),
        "trade": message("trade"),
        "quality": message("quality"),
        "sensor": message("sensor"),
        "money": message("money"),
        "personal": message("personal"),
    },
    "data_levels": {
        "general": message("general data"),
        "important": message("important data"),
        "core": message("core data"),
    },
    "grade_reasons": {
        "law": message("the law asks for it"),
        "authority": message("an authority asks for it"),
        "contract": message("agreed in the contract"),
        "risk": message("a risk was found"),
        "mistake": message("it was a mistake"),
        "expired": message("what asked for it has ended"),
        "published": message("it was published"),
        "consent": message("whom it concerns consents"),
    },
    "remit_roles": {
        "regulator": message("regulator"),
        "auditor": message("auditor"),
        "court": message("court officer"),
    },
    "remit_ends": {
        "done": message("it is done"),
        "withdrawn": message("withdrawn"),
        "mistake": message("it was a mistake"),
        "misuse": message("it was misused"),
    },
    "incident_audiences": {
        "public": message("everybody"),
        "members": message("all organisations that take part"),
        "concerned": message("those whom it concerns"),
    },
}
