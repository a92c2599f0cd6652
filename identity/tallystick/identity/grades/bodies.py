"""Bodies of what an organisation says about the grades of its own data, and about what of them may leave.

A thing is `type:finance.order/1` (bodies of its entries), `field:finance.order/1#/lines/*/price` (a field of
them), `template:2:99.100.7/T-PART#7` (values of a template's field) or `attachment:<hash>`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.identity.bodies import Country
from tallystick.identity.templates.bodies import ClassName
from tallystick.ledger import Body, Handle, Instant

thing_chars_max = 500
routes_max = 3

Thing = Annotated[
    str,
    Field(
        max_length=thing_chars_max,
        pattern=r"^(type:[a-z.\-]+/[0-9]+|field:[a-z.\-]+/[0-9]+#/[^\x00-\x1f]+"
        r"|template:[1-9][0-9]{0,3}:[^\s#\x00-\x1f]+#[1-9][0-9]{0,9}|attachment:[0-9a-f]{64})$",
        examples=["type:finance.order/1"],
    ),
]
GradeName = Literal["public", "partner", "restricted", "core"]
#: A mirror, auditor or authority, by the name that the node's operator gave its token, or a file's receiver.
Recipient = Annotated[str, Field(pattern=r"^[^\s\x00-\x1f]{1,100}$", examples=["regulator-mirror"])]


class RaiseGrade(Body):
    """From its index on a thing of the organisation is of this grade, or of its own if that is higher."""

    organisation: Handle
    thing: Thing
    grade: Literal["partner", "restricted", "core"]
    reason: Literal["law", "authority", "contract", "risk", "mistake"]


class LowerGrade(Body):
    """From its index on a thing is of this grade; never of a lower one than its type declares."""

    kind: Literal["lower-grade"]
    thing: Thing
    grade: GradeName
    reason: Literal["authority", "contract", "expired", "published", "consent", "mistake"]


class PermitLeaving(Body):
    """A named permission: data of this class, up to this grade, may go to this recipient until `ends`.

    `everybody`: of all organisations; for the root authority alone, whom law or court obliges.
    """

    kind: Literal["permit-leaving"]
    recipient: Recipient
    country: Country
    data_class: ClassName
    grade: GradeName
    routes: Annotated[
        tuple[Literal["export", "mirror", "bundle"], ...],
        Field(min_length=1, max_length=routes_max),
    ]
    basis: Literal[
        "contract", "consent", "law", "court-order", "security-assessment", "standard-contract",
        "certification",
    ]  # fmt: skip
    ends: Instant
    everybody: bool = False


class EndPermission(Body):
    """A permission holds no longer from the next index on; any officer ends it alone."""

    permission: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    reason: Literal["done", "withdrawn", "law", "breach", "mistake"]
