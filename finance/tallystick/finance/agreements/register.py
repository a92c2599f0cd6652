"""Entry types of what two firms agree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from tallystick.finance.agreements import bodies, contracts, orders
from tallystick.finance.agreements.agreeing import About, Taking, agreed, declined
from tallystick.finance.draft import Row
from tallystick.finance.items import mapping
from tallystick.finance.parties import speaker
from tallystick.finance.subcontracts import rules as subcontracts
from tallystick.finance.trade import credit_notes, documents, usage
from tallystick.ledger import Act, EntryType, Mark, Parties, State, graded

takings: Mapping[About, Taking] = {
    "contract": contracts.take_contract,
    "supplement": contracts.take_supplement,
    "order": orders.take_order,
    "change": orders.take_change,
    "cancellation": orders.take_cancellation,
    "items": mapping.take_items,
    "usage": usage.take_usage,
    "subcontract": subcontracts.take_subcontract,
    "material": subcontracts.take_note,
}
_papered = graded("trade", "partner", attachments=Mark("trade", "partner"))


def types() -> tuple[EntryType, ...]:
    return (*_contract_types(), *_order_types(), *_item_types(), *_answer_types())


def _contract_types() -> tuple[EntryType, ...]:
    return (
        EntryType(
            "finance.contract/1",
            bodies.Contract,
            contracts.put_contract,
            "A contract, put on record by one party",
            _stated,
            attachments=contracts.attachments_of,
            admit=contracts.admit_papers,
            promise=True,
            data=_papered,
        ),
        EntryType(
            "finance.contract.supplement/1",
            bodies.Supplement,
            contracts.put_supplement,
            "A supplement that changes terms of a contract",
            _of("contract", "contract", "buyer", "seller"),
            attachments=contracts.attachments_of,
            admit=contracts.admit_papers,
            promise=True,
            data=_papered,
        ),
    )


def _order_types() -> tuple[EntryType, ...]:
    order = _of("order", "order", "buyer", "seller")
    return (
        EntryType(
            "finance.order.change/1",
            bodies.OrderChange,
            orders.put_change,
            "The buyer changes an order; the supplier answers",
            order,
            promise=True,
            data=graded("trade", "partner", {"/lines/*/price": Mark("money", "partner")}),
        ),
        EntryType(
            "finance.order.cancel/1",
            bodies.OrderCancel,
            orders.put_cancellation,
            "The buyer cancels what is open of an order; the supplier answers",
            order,
            data=graded("trade", "partner"),
        ),
    )


def _item_types() -> tuple[EntryType, ...]:
    return (
        EntryType(
            "finance.items/1",
            mapping.ItemMap,
            mapping.put_items,
            "A version of what two firms call each other's goods",
            _stated,
            data=graded("trade", "partner"),
        ),
        EntryType(
            "finance.usage/1",
            usage.Usage,
            usage.put_usage,
            "A seller states machine hours or services; the buyer answers",
            _stated,
            data=graded("trade", "partner"),
        ),
        EntryType(
            "finance.credit/1",
            documents.Credit,
            credit_notes.put_credit,
            "A credit note on an invoice",
            _stated,
            data=graded(
                "trade",
                "partner",
                {
                    "/lines/*/net": Mark("money", "partner"),
                    "/lines/*/tax": Mark("money", "partner"),
                },
            ),
        ),
    )


def _answer_types() -> tuple[EntryType, ...]:
    both = _of("agreement", "proposal", "by", "to")
    return (
        EntryType(
            "finance.agree/1",
            bodies.Agree,
            agreed(takings),
            "A firm agrees to what another proposed",
            both,
            promise=True,
            data=graded("trade", "partner"),
        ),
        EntryType(
            "finance.decline/1",
            bodies.Decline,
            declined(takings),
            "A firm declines what another proposed",
            both,
            data=graded("trade", "partner"),
        ),
    )


def _stated(state: State, act: Act[Any]) -> Iterable[str]:
    return (act.body.buyer, act.body.seller, speaker(state, act.author).organisation)


def _of(kind: str, field: str, *fields: str) -> Parties:
    """The organisations that the named document states, and the author's."""

    def parties(state: State, act: Act[Any]) -> Iterable[str]:
        found = cast("Row", state.get(kind, getattr(act.body, field)) or {})
        named = [str(found[name]) for name in fields if found.get(name)]
        return [*named, speaker(state, act.author).organisation]

    return parties
