"""Contracts and supplements: put on record by one party, binding once the other agreed.

    contract    <name>  {buyer, seller, number, currency, signed_on, valid_from, valid_until?, payment_days,
                         payment_from, assignment, retention_ppm, retention_days, statement_day?, papers,
                         supplements, status, proposal, index}
                        status: proposed -> agreed | declined
    supplement  <name>  part <number>: {the terms that it changes, papers, status, index}

The contract's row holds the terms in force; a supplement changes them when it is agreed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from tallystick.finance.agreements.agreeing import ask
from tallystick.finance.agreements.bodies import Contract, Paper, Supplement
from tallystick.finance.agreements.errors import (
    AnsweredAlready,
    ChangeNumberWrong,
    ContractEnded,
    ContractNotAgreed,
    PaperDiffers,
)
from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import DocumentExists, DocumentWrong
from tallystick.finance.known import known
from tallystick.finance.money.dates import check_date
from tallystick.finance.parties import counterparties, document_author, require_persons_for
from tallystick.finance.trade.documents import document_name
from tallystick.ledger import Act, AttachmentRef, Effects, State

_terms = (
    "valid_until",
    "payment_days",
    "payment_from",
    "assignment",
    "retention_ppm",
    "retention_days",
    "statement_day",
)


def put_contract(state: State, act: Act[Contract]) -> Effects:
    body = act.body
    counterparties(state, body.buyer, body.seller)
    author = document_author(state, act, body.buyer, body.seller)
    name = document_name(author, author, body.number)
    if state.get("contract", name) is not None:
        raise DocumentExists(name)
    for date in (body.signed_on, body.valid_from, body.valid_until):
        check_date(date or body.signed_on)
    if body.valid_until is not None and body.valid_until < body.valid_from:
        raise DocumentWrong(f"it ends on {body.valid_until}, before it begins")
    _check_retention(body.retention_ppm, body.retention_days)
    if body.total is not None:
        require_persons_for(state, act, author, body.currency, body.total)
    draft = Draft(state)
    document = body.model_dump(mode="json", exclude_none=True)
    document |= {
        "stated_by": author,
        "supplements": 0,
        "status": "proposed",
        "proposal": act.payload_hash,
        "index": act.index,
        "time": act.time,
    }
    draft.put("contract", name, document)
    ask(draft, act, "contract", name, author, _other(body, author))
    return draft.effects


def put_supplement(state: State, act: Act[Supplement]) -> Effects:
    body, draft = act.body, Draft(state)
    found = known(state, act, "contract", body.contract)
    author = document_author(state, act, found["buyer"], found["seller"])
    require_agreed(found, body.contract)
    check_date(body.signed_on)
    check_date(body.valid_until or body.signed_on)
    changed = {field: getattr(body, field) for field in _terms if getattr(body, field) is not None}
    if not changed:
        raise DocumentWrong("the supplement changes no term")
    if body.valid_until is not None and body.valid_until < found["valid_from"]:
        raise DocumentWrong(f"the contract would end on {body.valid_until}, before it begins")
    after = {**found, **changed}
    _check_retention(after.get("retention_ppm", 0), after.get("retention_days", 0))
    require_next(draft, "supplement", body.contract, found["supplements"], body.number)
    document = body.model_dump(mode="json", exclude_none=True, exclude={"contract"})
    document |= {"status": "proposed", "proposal": act.payload_hash, "stated_by": author}
    part = f"{body.number:03d}"
    draft.put("supplement", body.contract, {**document, "index": act.index}, part)
    draft.amend("contract", body.contract, supplements=body.number)
    to = found["seller"] if author == found["buyer"] else found["buyer"]
    ask(draft, act, "supplement", body.contract, author, to, body.number)
    return draft.effects


def take_contract(draft: Draft, act: Act[Any], found: Row, accepted: bool) -> None:
    status = "agreed" if accepted else "declined"
    contract = draft.row("contract", found["subject"]) or {}
    if accepted and "total" in contract:
        require_persons_for(draft, act, found["to"], contract["currency"], contract["total"])
    draft.amend("contract", found["subject"], status=status, answered=act.index)


def take_supplement(draft: Draft, act: Act[Any], found: Row, accepted: bool) -> None:
    name, part = found["subject"], f"{found['number']:03d}"
    status = "agreed" if accepted else "declined"
    draft.amend("supplement", name, part, status=status, answered=act.index)
    if accepted:
        row = draft.row("supplement", name, part) or {}
        draft.amend("contract", name, **{field: row[field] for field in _terms if field in row})


def require_agreed(contract: Row, name: str) -> None:
    if contract["status"] != "agreed":
        raise ContractNotAgreed(f"{name} is {contract['status']}")


def contract_of_order(draft: Draft, act: Act[Any], name: str, body: Any) -> None:
    """Refuse an order that its contract does not carry: other parties or currency, or placed outside of it."""
    found = known(draft, act, "contract", name)
    if (found["buyer"], found["seller"]) != (body.buyer, body.seller):
        raise DocumentWrong(f"{name} is between other parties")
    if found["currency"] != body.currency:
        raise DocumentWrong(f"{name} is in {found['currency']}")
    if found["status"] == "declined":
        raise ContractNotAgreed(f"{name} is declined")
    require_running(found, name, body.ordered_on)


def runs(contract: Row, date: str) -> bool:
    """Whether the contract was in force on a date."""
    until = contract.get("valid_until")
    return contract["valid_from"] <= date and (until is None or date <= until)


def require_running(contract: Row, name: str, date: str) -> None:
    if not runs(contract, date):
        until = contract.get("valid_until", "further notice")
        raise ContractEnded(
            f"{name} runs from {contract['valid_from']} until {until}, not on {date}"
        )


def attachments_of(body: Contract | Supplement) -> Iterable[AttachmentRef]:
    return (paper.document for paper in body.papers)


def admit_papers(body: Contract | Supplement, files: Mapping[str, bytes]) -> None:
    """Each paper has the digest by which both parties know it."""
    for paper in body.papers:
        _check_digest(paper, files[paper.document.hash])


def _check_digest(paper: Paper, data: bytes) -> None:
    if hashlib.sha256(data).hexdigest() != paper.digest:
        raise PaperDiffers(f"{paper.document.hash} has another digest than the body says")


def require_next(draft: Draft, kind: str, name: str, last: int, number: int) -> None:
    """Numbers follow each other, and one waits for the answer to the one before."""
    before = draft.row(kind, name, f"{last:03d}")
    if before is not None and before["status"] == "proposed":
        if number == last:
            raise ChangeNumberWrong(f"number {number} waits for its answer")
        raise ChangeNumberWrong(f"number {last} waits for its answer")
    if number <= last:
        raise AnsweredAlready(f"number {number} was {(before or {'status': 'used'})['status']}")
    if number != last + 1:
        raise ChangeNumberWrong(f"the next number is {last + 1}")


def _check_retention(share_ppm: int, days: int) -> None:
    """What is kept back has an end."""
    if bool(share_ppm) != bool(days):
        raise DocumentWrong("a retention has both a share and a number of days, or neither")


def _other(body: Contract, author: str) -> str:
    return body.seller if author == body.buyer else body.buyer
