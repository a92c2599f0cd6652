"""Orders answered by their supplier, and their numbered changes and cancellations.

    order-change  <order>  part <number>: {kind: change | cancellation, lines, status, by, proposal, index}
                           status: proposed -> agreed | declined

An order is `placed`; the supplier accepts or declines it, or accepts it by sending goods (Civil Code of the
PRC, art. 480) or by agreeing a change of it: what asked for its answer is answered then. A change takes effect
when the supplier agrees, on what is still open then: nothing falls below what was despatched, received or
confirmed. A line that was confirmed in part keeps its price.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tallystick.finance.agreements.agreeing import ask
from tallystick.finance.agreements.bodies import OrderCancel, OrderChange
from tallystick.finance.agreements.contracts import require_next
from tallystick.finance.agreements.errors import ChangeTooLate, OrderNotOpen
from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import DocumentOnly, DocumentUnknown, DocumentWrong
from tallystick.finance.known import known
from tallystick.finance.parties import NotEntitled, document_author, require_persons_for
from tallystick.finance.trade.documents import Price
from tallystick.finance.trade.lines import check_once, fresh_line, line_part, signed
from tallystick.finance.trade.match import gross_amount
from tallystick.finance.trade.progress import present
from tallystick.finance.trade.worth import order_worth, require_line_worth
from tallystick.ledger import Act, Effects, State

_closed = frozenset({"declined", "cancelled"})
_kept = ("unit", "scale")
_terms = ("price", "tax_ppm")


def put_change(state: State, act: Act[OrderChange]) -> Effects:
    draft, found = _opened(state, act)
    check_once((line.line for line in act.body.lines), "line")
    for stated in act.body.lines:
        require_line_worth(stated)
    lines = [line.model_dump(mode="json", exclude_none=True) for line in act.body.lines]
    for line in lines:
        before = draft.row("order-line", act.body.order, line_part(line["line"]))
        if before is not None:
            _check_line(before, line)
    worth = order_worth(act.body.lines)
    require_persons_for(state, act, found["buyer"], found["currency"], worth)
    _propose(draft, act, found, "change", lines)
    return draft.effects


def put_cancellation(state: State, act: Act[OrderCancel]) -> Effects:
    draft, found = _opened(state, act)
    check_once(act.body.lines, "line")
    for number in act.body.lines:
        if draft.get("order-line", act.body.order, line_part(number)) is None:
            raise DocumentUnknown(f"{act.body.order} line {number}")
    _propose(draft, act, found, "cancellation", [{"line": line} for line in act.body.lines])
    return draft.effects


def take_order(draft: Draft, act: Act[Any], found: Row, accepted: bool) -> None:
    status = "accepted" if accepted else "declined"
    if accepted:
        lines = draft.rows("order-line", found["subject"]).values()
        _require_persons(draft, act, found, lines)
    draft.amend("order", found["subject"], status=status, answered=act.index)


def take_change(draft: Draft, act: Act[Any], found: Row, accepted: bool) -> None:
    order = found["subject"]
    row = _answered(draft, act, found, accepted)
    if not accepted:
        return
    _require_open(draft.row("order", order) or {}, order)
    _require_persons(draft, act, found, row["lines"])
    for line in row["lines"]:
        part = line_part(line["line"])
        before = draft.row("order-line", order, part)
        told = {field: value for field, value in line.items() if field != "line"}
        if before is None:
            draft.put("order-line", order, fresh_line(told), part)
            continue
        _check_line(before, line)
        if line["quantity"] < _bound(before):
            raise ChangeTooLate(
                f"line {line['line']}: {_bound(before)} are sent or confirmed already"
            )
        draft.put("order-line", order, {**before, **told}, part)
    _accept_with(draft, act, found)
    draft.amend("order", order, status="accepted", version=row["number"])


def take_cancellation(draft: Draft, act: Act[Any], found: Row, accepted: bool) -> None:
    order = found["subject"]
    row = _answered(draft, act, found, accepted)
    if not accepted:
        return
    _require_open(draft.row("order", order) or {}, order)
    lines = draft.rows("order-line", order)
    named = {line_part(line["line"]) for line in row["lines"]} or set(lines)
    for part in sorted(named):
        left = _bound(lines[part])
        gone = lines[part]["quantity"] - left
        cancelled = lines[part].get("cancelled", 0) + gone
        draft.amend("order-line", order, part, quantity=left, cancelled=cancelled)
    _accept_with(draft, act, found)
    over = all(line["quantity"] == 0 for line in draft.rows("order-line", order).values())
    status = "cancelled" if over else "accepted"
    draft.amend("order", order, status=status, version=row["number"])


def require_open(draft: Draft, order: str) -> None:
    """Nothing is sent or billed against an order that its supplier declined, or that was cancelled whole."""
    _require_open(draft.row("order", order) or {}, order)


def accept_by_conduct(draft: Draft, act: Act[Any], order: str) -> None:
    """Goods that the seller sends, or a change that it agrees, accept the order that it had not answered."""
    found = draft.row("order", order) or {}
    if found.get("status") == "placed":
        draft.amend("order", order, status="accepted", answered=act.index)
        draft.amend("agreement", found["proposal"], status="agreed", answer=act.index)


def _opened(state: State, act: Act[Any]) -> tuple[Draft, Row]:
    draft, name = Draft(state), act.body.order
    found = known(state, act, "order", name)
    author = document_author(state, act, found["buyer"], found["seller"])
    if author != found["buyer"]:
        raise NotEntitled(f"{author} is not the buyer of {name}")
    if found["grade"] != signed:
        raise DocumentOnly(name)
    _require_open(found, name)
    require_next(draft, "order-change", name, found["changes"], act.body.number)
    return draft, found


def _propose(draft: Draft, act: Act[Any], found: Row, kind: Any, lines: list[Any]) -> None:
    name, number = act.body.order, act.body.number
    document: dict[str, Any] = {
        "kind": kind,
        "number": number,
        "lines": lines,
        "status": "proposed",
        "proposal": act.payload_hash,
        "index": act.index,
        "time": act.time,
    }
    draft.put("order-change", name, document, f"{number:03d}")
    draft.amend("order", name, changes=number)
    ask(draft, act, kind, name, found["buyer"], found["seller"], number)


def _answered(draft: Draft, act: Act[Any], found: Row, accepted: bool) -> Row:
    name, part = found["subject"], f"{found['number']:03d}"
    status = "agreed" if accepted else "declined"
    draft.amend("order-change", name, part, status=status, answered=act.index)
    return draft.row("order-change", name, part) or {}


def _accept_with(draft: Draft, act: Act[Any], found: Row) -> None:
    """An order that was not answered is accepted as it stands now, by as many persons as all of it takes."""
    order = found["subject"]
    if (draft.row("order", order) or {}).get("status") == "placed":
        _require_persons(draft, act, found, draft.rows("order-line", order).values())
        accept_by_conduct(draft, act, order)


def _require_persons(draft: Draft, act: Act[Any], found: Row, lines: Iterable[Row]) -> None:
    """Enough persons of whoever agrees, for what these lines are worth."""
    currency = (draft.row("order", found["subject"]) or {})["currency"]
    worth = sum(
        gross_amount(line["quantity"], line["scale"], Price(**line["price"]), line["tax_ppm"])
        for line in lines
    )
    require_persons_for(draft, act, found["to"], currency, worth)


def _require_open(order: Row, name: str) -> None:
    if order.get("status") in _closed:
        raise OrderNotOpen(f"{name} is {order['status']}")


def _check_line(before: Row, line: Row) -> None:
    for field in _kept:
        if before[field] != line[field]:
            raise DocumentWrong(f"line {line['line']}: its {field} is {before[field]} for ever")
    if before["consumed"] and any(before[field] != line[field] for field in _terms):
        raise ChangeTooLate(f"line {line['line']} was confirmed in part at its price")


def _bound(line: Row) -> int:
    """What of a line cannot be undone by a change: despatched, there, or confirmed."""
    return max(int(line["despatched"]), present(line), int(line["consumed"]))
