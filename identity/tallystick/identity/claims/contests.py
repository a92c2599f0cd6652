"""Rules of contests: a code that names another's record is disputed, and somebody who is no party decides.

Who decides is the holder of the longest prefix that both handles share and that neither party holds: the
node above both. Of a partner's own code it is that partner. There the organisation itself or an administrator
speaks. Where nobody is above both, only a release ends it.
"""

from __future__ import annotations

from tallystick.identity import codes, directory, names, records
from tallystick.identity.claims.bodies import ContestName, SettleName
from tallystick.identity.claims.rules import (
    NameUnknown,
    Row,
    contests,
    ended,
    handed,
    held,
    past,
    require_scope,
)
from tallystick.identity.claims.subjects import own, owner_of, subject
from tallystick.identity.codes import Code
from tallystick.identity.directory import NotEntitled
from tallystick.identity.handles import HandleUnknown
from tallystick.identity.prefixes.standing import require_here
from tallystick.identity.registrars import registrar
from tallystick.ledger import Act, Change, Effects, RuleError, State

contests_per_name_max = 16


class ContestRefused(RuleError):
    code = "contest-refused"
    status = 409
    title = "There is nothing to contest here, or it is contested already"


def contest(state: State, act: Act[ContestName]) -> Effects:
    body = act.body
    code = codes.canonical(body.scheme, body.code)
    named = own(state, act, body.handle)
    require_scope(state, code)
    holder = held(state, code)
    if holder is None:
        raise ContestRefused(f"nobody claims {code}: claim it")
    owner = owner_of(state, holder["handle"])
    if owner == named.owner:
        raise ContestRefused(f"{code} names a record of your own: release it there")
    waiting = contests(state, code)
    if any(one["owner"] == named.owner for one in waiting.values()):
        raise ContestRefused(f"{named.owner} contests {code} already")
    if len(waiting) >= contests_per_name_max:
        raise ContestRefused(f"{code} has {contests_per_name_max} open contests")
    told = body.model_dump(mode="json", exclude_none=True, exclude={"handle", "scheme", "code"})
    row = {
        "handle": named.handle, "owner": named.owner, "against": holder["handle"], "holder": owner, "since": act.index, **told,
    }  # fmt: skip
    above = decider(state, code, holder, row)
    if above is not None:
        row["decider"] = above
    return [Change("name-contest", code.name, row, records.version_part(act.index))]


def settle(state: State, act: Act[SettleName]) -> Effects:
    body = act.body
    code = codes.canonical(body.scheme, body.code)
    holder = held(state, code)
    waiting = list(contests(state, code).items())
    mine = names.fold(body.handle)
    found = next((one for one in waiting if names.fold(one[1]["handle"]) == mine), None)
    if holder is None or found is None:
        raise NameUnknown(f"{body.handle} does not contest {code}")
    part, challenge = found
    who = decider(state, code, holder, challenge)
    if who is None or registrar(state, act).organisation != who:
        raise NotEntitled(f"{code} is decided by {who or 'nobody: a release ends the contest'}")
    for one in (holder, challenge):
        require_here(state, names.administered_by(one["handle"]), act)
    if body.outcome == "dismissed":
        return ended(code, part, challenge, act.index, "dismissed")
    if subject(state, challenge["handle"]).deleted:
        raise HandleUnknown(f"{challenge['handle']} was deleted")
    return past(state, code, holder, act.index) + handed(
        code, part, challenge, waiting, act.index, "granted"
    )


def decider(state: State, code: Code, holder: Row, challenge: Row) -> str | None:
    """The organisation that may settle a contest; None if there is none above both."""
    if code.scheme == codes.own:
        return codes.scope(code)
    claimants = [owner_of(state, one["handle"]) for one in (holder, challenge)]
    shared = _shared(*(names.split(one["handle"])[0] for one in (holder, challenge)))
    while shared:
        who = directory.prefix_holder(state, shared)
        if who is not None and who not in claimants:
            return who
        shared = names.parent(shared)
    return None


def _shared(one: str, other: str) -> str:
    steps = []
    for left, right in zip(one.split("."), other.split("."), strict=False):
        if left != right:
            break
        steps.append(left)
    return ".".join(steps)
