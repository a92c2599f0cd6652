"""Who reads a certificate because of a tender that goes on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from tallystick.ledger import View

#: Going on at once for one certificate, of which readers are found.
tenders_max = 200


def confiding(view: View, certificate: str) -> list[str]:
    """Funders that signed that they keep to themselves what they read of it."""
    found: list[str] = []
    for one in view.find("tender-of-certificate", certificate, limit=tenders_max):
        found += cast("Mapping[str, Any]", one.value.get("confided", {}))
    return found
