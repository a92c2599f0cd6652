"""Words of the page of what is shared."""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.app.pages.language import message

tables: Mapping[str, Mapping[str, str]] = {
    "sharing_kinds": {
        "part": message("everything of a part"),
        "entries": message("entries"),
        "items": message("items and lots"),
        "documents": message("trade documents"),
        "certificates": message("certificates"),
        "devices": message("devices"),
        "credentials": message("qualifications"),
        "records": message("values of records"),
    },
    "sharing_parts": {
        "finance": message("finance"),
        "identity": message("identity"),
        "trace": message("trace"),
    },
    "sharing_forms": {
        "disclosure": message("disclosure"),
        "offer": message("agreement"),
        "remit": message("remit"),
    },
    "sharing_standings": {
        "offered": message("offered"),
        "lapsed": message("lapsed"),
        "coming": message("not yet begun"),
        "current": message("holds"),
        "expired": message("its last day has passed"),
        "ended": message("ended"),
    },
    "sharing_purposes": {
        "financing": message("financing"),
        "audit": message("audit"),
        "quality": message("quality"),
        "logistics": message("logistics"),
        "insurance": message("insurance"),
        "recall": message("recall"),
        "compliance": message("compliance"),
        "other": message("other"),
    },
    "sharing_capacities": {
        "partner": message("partner"),
        "auditor": message("auditor"),
        "carrier": message("carrier"),
        "inspector": message("inspection body"),
        "insurer": message("insurer"),
        "regulator": message("regulator"),
        "court": message("court officer"),
    },
}
