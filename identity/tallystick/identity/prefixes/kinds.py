"""Entry types and kinds of document about prefixes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from tallystick.identity import records
from tallystick.identity.grades import of_fields
from tallystick.identity.prefixes import arriving, bodies, leases, leaving
from tallystick.identity.prefixes.travel import document_of
from tallystick.ledger import Act, EntryType, Kind, Rule, RuleSet, State, everybody, graded


def register(rule_set: RuleSet) -> None:
    """Add what is about prefixes; the kind `prefix` itself stands with identity's."""
    rule_set.add_kinds(
        Kind("prefix-used"), Kind("prefix-move"), Kind("prefix-carry"), Kind("prefix-answer")
    )
    rule_set.add(
        _type("renew", bodies.RenewPrefix, leases.renew, "The lease of a prefix, anew"),
        _type(
            "suspend",
            bodies.SuspendPrefix,
            leases.suspend,
            "Nothing is written under a prefix; its handles resolve with a warning",
        ),
        _type("lift", bodies.LiftPrefix, leases.lift, "The end of a suspension"),
        _type(
            "hand",
            bodies.HandPrefix,
            leases.hand,
            "Another organisation holds a prefix; identifiers, keys and history stay as they are",
            own_key=True,
        ),
        _type(
            "leave",
            bodies.LeavePrefix,
            leaving.leave,
            "A prefix goes to another log; this one answers on, and takes nothing more in under it",
            own_key=True,
        ),
        _type(
            "carry",
            bodies.CarryPrefix,
            leaving.carry,
            "The next records that go along with a prefix, by their digests",
            parties=_holder,
            data=graded("identity", "partner"),
        ),
        _type(
            "carried",
            bodies.CarriedPrefix,
            leaving.carried,
            "All records of a prefix were carried; the other log takes exactly these in",
        ),
        _type(
            "arrive",
            bodies.ArrivePrefix,
            arriving.arrive,
            "A prefix comes from another log, proven by that log's checkpoint",
            own_key=True,
        ),
        _type(
            "take",
            bodies.TakeRecords,
            arriving.take,
            "Records that came along with a prefix, as that log had them",
            parties=_record_readers,
            within=of_fields.carried,
            data=graded("identity", "partner"),
        ),
        _type(
            "sweep",
            bodies.SweepPrefix,
            arriving.sweep,
            "Of a prefix that came home: what ended while it was away ends here",
        ),
        _type(
            "decline",
            bodies.DeclinePrefix,
            arriving.decline,
            "A prefix that left for this log is never taken in here by that leave",
            own_key=True,
        ),
        _type(
            "return",
            bodies.ReturnPrefix,
            leaving.come_back,
            "A prefix that was declined stays, and is active again",
            own_key=True,
        ),
    )


def _type(name: str, body: type[Any], rule: Rule, summary: str, **more: Any) -> EntryType:
    told = {"data": graded("identity", "public"), **more}
    return EntryType(f"identity.prefix.{name}/1", body, rule, summary, **told)


def _holder(state: State, act: Act[Any]) -> Iterable[str]:
    row = cast(Any, state.get("prefix", act.body.prefix))
    return () if row is None else (row["holder"],)


def _record_readers(state: State, act: Act[bodies.TakeRecords]) -> Iterable[str]:
    """Everybody, if every value, name, relation and content is public; else the holder alone."""
    told = [(one.kind, document_of(one.document)) for one in act.body.records]
    values: list[Any] = [
        value
        for kind, one in told
        if kind == "handle"
        for value in cast(Any, one.get("values", ()))
    ]
    named = any("readers" in one for _, one in told)
    batches = any(kind == "batch" for kind, _ in told)
    public = not batches and not named and all(map(records.is_public, values))
    return (everybody,) if public else _holder(state, act)
