"""Entry types and kinds of statements."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from tallystick.finance.draft import Row
from tallystick.finance.parties import speaker
from tallystick.finance.statements import bodies, rules
from tallystick.ledger import (
    Act,
    Document,
    EntryType,
    Kind,
    Mark,
    Parties,
    RuleSet,
    State,
    graded,
)

_money = Mark("money", "partner")


def register(rule_set: RuleSet) -> None:
    """Add what statements need to a log's rules."""
    rule_set.add_kinds(*kinds())
    rule_set.add(*types())


def kinds() -> tuple[Kind, ...]:
    return (
        Kind("unstated", {"unstated-of-contract": _name}, by_name=True),
        Kind("stated"),
        Kind(
            "statement",
            {
                "statement-of": _sides,
                "statement-of-contract": _contract,
                "statement-waiting-for": _waiting,
                "statement-to-bill": _to_bill,
            },
        ),
        Kind("statement-line", {"statement-line-of-order-line": _order_line}),
        Kind("statement-count"),
    )


def types() -> tuple[EntryType, ...]:
    return (
        EntryType(
            "finance.statement.propose/1",
            bodies.StatementPropose,
            rules.propose,
            "A firm states what was accepted and not yet billed; the other answers line by line",
            _of("contract", "contract"),
            reads=_read_to_propose,
            promise=True,
            data=graded(
                "trade",
                "partner",
                {"/net": _money, "/tax": _money, "/gross": _money},
            ),
        ),
        EntryType(
            "finance.statement.answer/1",
            bodies.StatementAnswer,
            rules.answer,
            "Lines of a statement are agreed, or disputed with a reason",
            _of("statement", "statement"),
            reads=_read_to_answer,
            promise=True,
            data=graded("trade", "partner"),
        ),
    )


def _of(kind: str, field: str) -> Parties:
    """Buyer and seller of the named document, and the author's organisation."""

    def parties(state: State, act: Act[Any]) -> Iterable[str]:
        found = cast("Row", state.get(kind, getattr(act.body, field)) or {})
        named = [str(found[name]) for name in ("buyer", "seller") if found.get(name)]
        return [*named, speaker(state, act.author).organisation]

    return parties


def _read_to_propose(body: bodies.StatementPropose) -> Iterable[tuple[str, str]]:
    return [("contract", body.contract), ("unstated", body.contract)]


def _read_to_answer(body: bodies.StatementAnswer) -> Iterable[tuple[str, str]]:
    return [("statement", body.statement), ("statement-line", body.statement)]


def _sides(_name: str, _part: str, document: Document) -> Iterable[str]:
    return sorted({str(document["buyer"]), str(document["seller"])})


def _name(name: str, _part: str, _document: Document) -> Iterable[str]:
    return (name,)


def _contract(_name: str, _part: str, document: Document) -> Iterable[str]:
    return (str(document["contract"]),)


def _waiting(_name: str, _part: str, document: Document) -> Iterable[str]:
    return (str(document["to"]),) if document["status"] == "open" else ()


def _to_bill(_name: str, _part: str, document: Document) -> Iterable[str]:
    """By the seller, where a line was agreed."""
    return (str(document["seller"]),) if document["agreed"] else ()


def _order_line(_name: str, _part: str, document: Document) -> Iterable[str]:
    return (f"{document['order']}#{document['order_line']}",)
