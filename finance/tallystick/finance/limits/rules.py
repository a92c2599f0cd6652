"""A limit is proposed by one person and approved by another, and is in force from that index on.

    limit              see `counting`; `amount` is there while the limit is set
    limit-version      <limit>#<currency>  part <version>  {owner, version, amount?, members?, proposer, approver, index,
                                                           time}: for ever
    limit-group        <node>#<code>  {node, members, index}
    limit-group-member <core>         {group}
    limit-proposal     <payload hash> {the body, limit, organisation, proposer, signers, status: open | approved}

The node that verified a core sets the core's limit and its group's; a funder sets its own. No limit comes below what is
used and reserved under it.
"""

from __future__ import annotations

from typing import Any

from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import ProposalUnknown
from tallystick.finance.limits.bodies import LimitApprove, LimitKind, LimitPropose
from tallystick.finance.limits.counting import core_limit, funder_limits, group_limit
from tallystick.finance.limits.errors import LimitBelowUse, LimitMovedOn, LimitWrong
from tallystick.finance.limits.room import limit_row, members_use, used
from tallystick.finance.parties import (
    act_for,
    operator_of,
    organisation,
    prefix_holder,
    require_capacity,
    require_keys,
    require_persons,
    signatory,
    speaker,
)
from tallystick.finance.two_persons import put_first, take_second
from tallystick.ledger import Act, Effects, State

of_node: tuple[LimitKind, ...] = ("core", "group")
#: A limit that is lifted lets any amount pass: more than a tier can begin at.
_any_amount = 2**53


def propose(state: State, act: Act[LimitPropose]) -> Effects:
    body, draft = act.body, Draft(state)
    mine = operator_of(state, act, "maker") if body.kind in of_node else _funder(state, act)
    limit = _named(draft, body, mine)
    _check(draft, mine, limit, body)
    require_keys(state, act, mine, body.currency, _most(body))
    put_first(draft, act, "limit-proposal", mine, limit=limit, **body.model_dump(mode="json"))
    return draft.effects


def approve(state: State, act: Act[LimitApprove]) -> Effects:
    draft, name = Draft(state), act.body.proposal
    mine = speaker(state, act.author).organisation
    asked = draft.row("limit-proposal", name)
    if asked is None or asked["organisation"] != mine:
        signatory(state, act, "checker")
        raise ProposalUnknown(name)
    if asked["kind"] in of_node:
        operator_of(state, act, "checker")
    else:
        act_for(state, act, mine, "checker")
    found = take_second(draft, act, "limit-proposal", mine)
    fields = {key: found[key] for key in LimitPropose.model_fields if key in found}
    body = LimitPropose.model_validate(fields, strict=False)
    _check(draft, mine, found["limit"], body)
    require_persons(state, act, mine, body.currency, _most(body), before=(found["proposer"],))
    if body.group is not None:
        _join(draft, act, f"{mine}#{body.group}", mine, body.members)
    _set(draft, act, found, body)
    return draft.effects


def _most(body: LimitPropose) -> int:
    """What may pass under the limit."""
    return _any_amount if body.amount is None else body.amount


def _funder(state: State, act: Act[Any]) -> str:
    mine = signatory(state, act, "maker")
    require_capacity(state, mine, "bank")
    return mine


def _named(draft: Draft, body: LimitPropose, mine: str) -> str:
    """The limit's name; raises `LimitWrong` unless the body says what its kind takes, and nothing else."""
    subject = body.subject or ""
    names: dict[LimitKind, str] = {
        "core": core_limit(subject),
        "group": group_limit(f"{mine}#{body.group}"),
        "funder": funder_limits(mine, "")[0],
        "funder-core": funder_limits(mine, subject)[1],
        "supplier": funder_limits(mine, "", subject)[2],
    }
    named = body.kind in ("core", "funder-core", "supplier")
    grouped = body.kind == "group"
    if bool(body.subject) != named or bool(body.group) != grouped or (body.members and not grouped):
        raise LimitWrong(body.kind)
    if named:
        organisation(draft, subject)
    if body.kind in ("core", "funder-core"):
        require_capacity(draft, subject, "core")
    if subject == mine:
        raise LimitWrong(f"{mine} would limit itself")
    return names[body.kind]


def _check(draft: Draft, mine: str, limit: str, body: LimitPropose) -> None:
    """Judged when it is proposed, and again when it is approved."""
    if body.kind == "core":
        _require_verified(draft, mine, str(body.subject))
    version = limit_row(draft, limit, body.currency).get("version", 0)
    if version != body.after:
        raise LimitMovedOn(f"{limit} is at version {version}, this follows {body.after}")
    if body.group is not None:
        _check_group(draft, mine, f"{mine}#{body.group}", limit, body)
    elif body.amount is not None:
        _not_below(limit, body.currency, body.amount, used(limit_row(draft, limit, body.currency)))


def _check_group(draft: Draft, mine: str, group: str, limit: str, body: LimitPropose) -> None:
    """Its members are cores that the node verified, each in no other group; no currency's limit is below their use."""
    if len(set(body.members)) != len(body.members):
        raise LimitWrong("a member is named twice")
    for core in body.members:
        require_capacity(draft, core, "core")
        _require_verified(draft, mine, core)
        member = draft.row("limit-group-member", core)
        if member is not None and member["group"] != group:
            raise LimitWrong(f"{core} is in {member['group']}")
    amounts = {
        currency: int(row["amount"])
        for currency, row in draft.rows("limit", limit).items()
        if "amount" in row and currency != body.currency
    }
    if body.amount is not None:
        amounts[body.currency] = body.amount
    for currency, amount in sorted(amounts.items()):
        _not_below(limit, currency, amount, members_use(draft, list(body.members), currency))


def _not_below(limit: str, currency: str, amount: int, taken: int) -> None:
    if amount < taken:
        raise LimitBelowUse(f"{limit}: {taken} {currency} used or reserved, {amount} asked")


def _require_verified(draft: Draft, node: str, core: str) -> None:
    if prefix_holder(draft, organisation(draft, core).node) != node:
        raise LimitWrong(f"{core} is not verified by {node}")


def _join(draft: Draft, act: Act[Any], group: str, node: str, members: tuple[str, ...]) -> None:
    before = draft.row("limit-group", group) or {"members": ()}
    for core in set(before["members"]) - set(members):
        draft.put("limit-group-member", core, None)
    for core in members:
        draft.put("limit-group-member", core, {"group": group})
    document = {"node": node, "members": sorted(members), "index": act.index}
    draft.put("limit-group", group, document)


def _set(draft: Draft, act: Act[Any], found: Row, body: LimitPropose) -> None:
    version = body.after + 1
    told: dict[str, Any] = {
        "owner": found["organisation"],
        "version": version,
        "amount": body.amount,
        "proposer": found["proposer"],
        "approver": act.author,
        "index": act.index,
        "time": act.time,
    }
    limit = found["limit"]
    draft.put("limit", limit, {**limit_row(draft, limit, body.currency), **told}, body.currency)
    if body.group is not None:
        told["members"] = sorted(body.members)
    draft.put("limit-version", f"{limit}#{body.currency}", told, f"{version:06d}")
