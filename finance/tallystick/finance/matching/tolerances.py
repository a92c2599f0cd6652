"""Tolerances of a core enterprise: proposed by a maker, approved by a checker, in force from that index on.

    tolerance           <core>#<currency>  {organisation, currency, version, proposer, approver, index, time,
                                            the fields of a `Policy`}: what is in force
    tolerance-version   <core>#<currency>  part <version>: the same, for ever
    tolerance-proposal  <payload hash>     {the body, organisation, proposer, signers, status: open | approved}

A confirmation is judged by what is in force at its own index, and its certificate names the version.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from tallystick.finance.draft import Draft, Row, row
from tallystick.finance.matching.bodies import TolerancesApprove, TolerancesPropose
from tallystick.finance.matching.errors import TolerancesMovedOn
from tallystick.finance.parties import require_capacity, signatory
from tallystick.finance.trade.match_policy import Policy, default_policy
from tallystick.finance.two_persons import put_first, take_second
from tallystick.ledger import Act, Effects, State

_fields = tuple(field.name for field in fields(Policy))


def propose(state: State, act: Act[TolerancesPropose]) -> Effects:
    draft, core = Draft(state), signatory(state, act, "maker")
    require_capacity(state, core, "core")
    _check_newest(draft, core, act.body.currency, act.body.after)
    told = act.body.model_dump(mode="json", exclude_none=True)
    put_first(draft, act, "tolerance-proposal", core, **told)
    return draft.effects


def approve(state: State, act: Act[TolerancesApprove]) -> Effects:
    draft = Draft(state)
    found = take_second(draft, act, "tolerance-proposal", signatory(state, act, "checker"))
    core, currency = found["organisation"], found["currency"]
    require_capacity(state, core, "core")
    _check_newest(draft, core, currency, found["after"])
    version = found["after"] + 1
    document: dict[str, Any] = {field: found[field] for field in _fields if field in found}
    document |= {
        "organisation": core,
        "currency": currency,
        "version": version,
        "proposer": found["proposer"],
        "approver": act.author,
        "index": act.index,
        "time": act.time,
    }
    name = tolerance_name(core, currency)
    draft.put("tolerance", name, document)
    draft.put("tolerance-version", name, document, f"{version:06d}")
    return draft.effects


def tolerances(state: State, core: str, currency: str) -> Policy:
    """What is in force for orders of a core enterprise in a currency."""
    found = row(state.get("tolerance", tolerance_name(core, currency)))
    return default_policy if found is None else policy_of(found)


def policy_of(found: Row) -> Policy:
    """The tolerances that a row of `tolerance` or `tolerance-version` holds."""
    return Policy(**{field: found[field] for field in _fields if field in found})


def tolerance_name(core: str, currency: str) -> str:
    return f"{core}#{currency}"


def _check_newest(draft: Draft, core: str, currency: str, after: int) -> None:
    """Two persons judge tolerances against what is in force; once that moved on, they look again."""
    name = tolerance_name(core, currency)
    newest = (draft.row("tolerance", name) or {"version": 0})["version"]
    if newest != after:
        raise TolerancesMovedOn(f"{name} is at version {newest}, these follow {after}")
