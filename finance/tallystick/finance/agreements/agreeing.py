"""Proposals between two firms: made by an entry of one, answered once by the other.

    agreement  <payload hash>  {about, subject, number, by, to, status: open | agreed | declined, index}
               about: contract | supplement | order | change | cancellation | items | usage |
                      subcontract | material

What a contract says binds like a signature on paper: it is agreed by a maker or checker with a key that the
node does not hold (formats §10). The rest may be answered by a firm's own system.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from tallystick.finance.agreements.bodies import Agree, Decline
from tallystick.finance.agreements.errors import AnsweredAlready
from tallystick.finance.draft import Draft, Row
from tallystick.finance.known import known
from tallystick.finance.parties import NotEntitled, act_for, document_author
from tallystick.ledger import Act, Effects, OwnKeyRequired, State

About = Literal[
    "contract", "supplement", "order", "change", "cancellation", "items", "usage", "subcontract",
    "material",
]  # fmt: skip
#: What takes effect when a proposal is agreed, or ends when it is declined.
Taking = Callable[[Draft, Act[Any], Row, bool], None]
#: Answered by a person with a key of their own.
by_hand = frozenset[str]({"contract", "supplement"})


def ask(
    draft: Draft, act: Act[Any], about: About, subject: str, by: str, to: str, number: int = 0
) -> None:
    """Note that the entry waits for the answer of `to`."""
    document: dict[str, Any] = {
        "about": about,
        "subject": subject,
        "number": number,
        "by": by,
        "to": to,
        "status": "open",
        "index": act.index,
        "time": act.time,
    }
    draft.put("agreement", act.payload_hash, document)


def agreed(takings: Mapping[About, Taking]) -> Callable[[State, Act[Agree]], Effects]:
    """The rule of `finance.agree/1`."""

    def agree(state: State, act: Act[Agree]) -> Effects:
        return _answer(takings, state, act, accepted=True)

    return agree


def declined(takings: Mapping[About, Taking]) -> Callable[[State, Act[Decline]], Effects]:
    """The rule of `finance.decline/1`."""

    def decline(state: State, act: Act[Decline]) -> Effects:
        return _answer(takings, state, act, accepted=False)

    return decline


def _require_answerer(state: State, act: Act[Any], found: Row, *, accepted: bool) -> None:
    to = found["to"]
    if found["about"] in by_hand:
        act_for(state, act, to, "maker", "checker")
        if accepted and not any(
            signer.speaks and signer.custody != "node" for signer in act.signers
        ):
            raise OwnKeyRequired(act.type)
    elif document_author(state, act, found["by"], to) != to:
        raise NotEntitled(f"{to} answers, not {found['by']}")


def _answer(
    takings: Mapping[About, Taking], state: State, act: Act[Any], *, accepted: bool
) -> Effects:
    draft, name = Draft(state), act.body.proposal
    found = known(state, act, "agreement", name)
    _require_answerer(state, act, found, accepted=accepted)
    if found["status"] != "open":
        raise AnsweredAlready(f"it was {found['status']}")
    takings[found["about"]](draft, act, found, accepted)
    answer: dict[str, Any] = {"status": "agreed" if accepted else "declined", "answer": act.index}
    if not accepted:
        answer["reason"] = act.body.reason
    draft.amend("agreement", name, **answer)
    return draft.effects
