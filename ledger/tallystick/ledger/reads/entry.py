"""`ledger.reads/1`: the root of one day's read log, by whoever keeps it, once and never again.

Its author is any organisation that keeps a read log: an operator says it with the root authority's key, since the
log's handle writes nothing but blocks and epochs. Since a day is told once, nobody else of it tells one but its own
software and its administrators: whoever they look after could tell a false one first. The rows themselves are with the keeper.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, cast

from pydantic import Field

from tallystick.ledger.errors import RuleError
from tallystick.ledger.fields import Body, Count, Hex32
from tallystick.ledger.grading import graded
from tallystick.ledger.rules import Act, EntryType, RuleSet
from tallystick.ledger.state import Change, Effects, Kind, State

reads_type = "ledger.reads/1"
reads_kind = "reads"


class ReadsRefused(RuleError):
    code = "reads-refused"
    title = "This day's read log cannot be told so"
    advice = (
        "A day is told once, when it is over by ledger time, by the organisation that keeps it, its own "
        "software, or one of its administrators."
    )


class DailyReads(Body):
    """Over the rows of a day in UTC: how many, and the root of their tree."""

    day: Annotated[str, Field(pattern=r"^[0-9]{4}-[01][0-9]-[0-3][0-9]$")]
    count: Count
    root: Hex32


def register_reads(rules: RuleSet) -> None:
    """Add the type and its kind of document."""
    rules.add_kinds(Kind(reads_kind))

    def tell(state: State, act: Act[DailyReads]) -> Effects:
        body, keeper = act.body, rules.speaks_for(state, act.author)
        if not rules.keeps(state, act.author):
            raise ReadsRefused(f"{act.author} keeps no read log for {keeper}")
        if body.day >= act.time[:10]:
            raise ReadsRefused(f"{body.day} is not over at {act.time}")
        before = cast(Mapping[str, Any] | None, state.get(reads_kind, keeper, body.day))
        if before is not None:
            raise ReadsRefused(f"{keeper} told {body.day} in entry {before['index']}")
        told: dict[str, Any] = {
            "count": body.count,
            "root": body.root,
            "index": act.index,
            "time": act.time,
        }
        return [Change(reads_kind, keeper, told, body.day)]

    rules.add(
        EntryType(
            reads_type,
            DailyReads,
            tell,
            "The root of a day's read log: who was let see what is not public",
            data=graded("identity", "public"),
        )
    )
