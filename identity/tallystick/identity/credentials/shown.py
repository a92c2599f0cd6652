"""The fields of a paper in the order of the paper, whatever the order of its digests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tallystick.identity.credentials.materials import MaterialDeclaration
from tallystick.identity.credentials.types import Qualification

#: What every credential has in the clear.
always_open = frozenset({"vct", "iss", "cnf", "status", "exp"})
_order = (*Qualification.model_fields, *MaterialDeclaration.model_fields)


def shown_fields(claims: Mapping[str, Any]) -> dict[str, Any]:
    """What was disclosed. Digests are sorted, so that they tell nothing (RFC 9901 §4.2.4.1): people read it ordered."""
    known = {name: claims[name] for name in _order if name in claims}
    others = {name: claims[name] for name in sorted(claims.keys() - known.keys() - always_open)}
    return known | others
