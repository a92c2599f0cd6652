"""Organisations that may be named as the paying bank."""

from __future__ import annotations

from typing import Any, cast

from tallystick.ledger import View

banks_max = 500
organisations_page = 1000


def banks(view: View) -> list[str]:
    """In the order of their handles."""
    found: list[str] = []
    after = ""
    while names := view.names("organisation", after=after, limit=organisations_page):
        for name in names:
            row = cast(dict[str, Any], view.get("organisation", name))
            if "bank" in row["capacities"]:
                found.append(name)
            if len(found) == banks_max:
                return found
        after = names[-1]
    return found
