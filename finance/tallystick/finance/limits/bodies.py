"""Bodies of the entries by which limits are set.

An act that answers another names it by the hex SHA-256 of that entry's signed payload.
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field

from tallystick.finance.trade.documents import Currency
from tallystick.ledger import Body, Count, Handle, Hex32

members_max = 100

#: core: all that a core enterprise owes. group: all that the cores of a group owe. funder-core: what a funder holds
#: and has reserved of one core's certificates. funder: of all. supplier: what it financed from one seller.
LimitKind = Literal["core", "group", "funder-core", "funder", "supplier"]
kinds: tuple[LimitKind, ...] = get_args(LimitKind)
GroupCode = Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9-]{0,31}$")]


class LimitPropose(Body):
    """Body of `finance.limit.propose/1`, by a maker of the verifying node (core, group) or of a funder.

    `subject`: the core, or the seller of a supplier limit. `group` and `members`: the group's code, and all cores in it
    from then on, for all currencies. `amount`: minor units; without it, there is no such limit any more. `after`: the
    version that the proposer has seen, 0 if there is none.
    """

    kind: LimitKind
    currency: Currency
    amount: Count | None = None
    subject: Handle | None = None
    group: GroupCode | None = None
    members: Annotated[tuple[Handle, ...], Field(max_length=members_max)] = ()
    after: Count


class LimitApprove(Body):
    """Body of `finance.limit.approve/1`, by a second person of the same organisation: in force from this index on."""

    proposal: Hex32
