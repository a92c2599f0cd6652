"""Item mappings (物料对照): the buyer's 物料编码, the seller's part number and the wording of the invoice.

Proposed by one firm, agreed by the other, in numbered versions. A row replaces what the same part number or
wording meant before; documents keep what they meant when they came.

    item-map  <buyer> <seller>  part <version>: {rows, by, status, proposal, index}
    item-name <buyer> <seller>  part p:<part number> or w:<wording>: {buyer_item, seller_item?, wording?,
                                buyer_unit, seller_unit, numerator, denominator, version}
"""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Any

from pydantic import Field, model_validator

from tallystick.finance.agreements.agreeing import ask
from tallystick.finance.agreements.bodies import ChangeNumber
from tallystick.finance.agreements.contracts import require_next
from tallystick.finance.draft import Draft, Row
from tallystick.finance.errors import DocumentWrong
from tallystick.finance.items.units import Factor, factor_max
from tallystick.finance.parties import counterparties, document_author
from tallystick.finance.trade.documents import ItemCode, Unit
from tallystick.finance.trade.quantities import same_unit
from tallystick.ledger import Act, Body, Effects, Handle, State, Text

item_rows_max = 1000
Part = Annotated[int, Field(ge=1, le=factor_max)]


class ItemRow(Body):
    """One `seller_unit` is numerator/denominator of a `buyer_unit`."""

    buyer_item: ItemCode
    seller_item: ItemCode | None = None
    wording: Text | None = None
    buyer_unit: Unit = "H87"
    seller_unit: Unit = "H87"
    numerator: Part = 1
    denominator: Part = 1

    @model_validator(mode="after")
    def _names_something(self) -> ItemRow:
        if self.seller_item is None and self.wording is None:
            raise ValueError("a row names the seller's part number, a wording, or both")
        return self


class ItemMap(Body):
    """Body of `finance.items/1`: a version of the mapping of a pair of firms."""

    buyer: Handle
    seller: Handle
    number: ChangeNumber
    rows: Annotated[tuple[ItemRow, ...], Field(min_length=1, max_length=item_rows_max)]


def put_items(state: State, act: Act[ItemMap]) -> Effects:
    body, draft = act.body, Draft(state)
    counterparties(state, body.buyer, body.seller)
    author = document_author(state, act, body.buyer, body.seller)
    pair = pair_name(body.buyer, body.seller)
    seen: set[str] = set()
    for row in body.rows:
        for part in _parts(row.seller_item, row.wording):
            if part in seen:
                raise DocumentWrong(f"{part[2:]} stands in two rows")
            seen.add(part)
        if same_unit(row.buyer_unit, row.seller_unit) and row.numerator != row.denominator:
            raise DocumentWrong(f"{row.buyer_item}: a {row.buyer_unit} is a {row.seller_unit}")
    last = max((int(part) for part in draft.group("item-map", pair)), default=0)
    require_next(draft, "item-map", pair, last, body.number)
    document: dict[str, Any] = {
        "buyer": body.buyer,
        "seller": body.seller,
        "rows": [row.model_dump(mode="json", exclude_none=True) for row in body.rows],
        "by": author,
        "status": "proposed",
        "proposal": act.payload_hash,
        "index": act.index,
    }
    draft.put("item-map", pair, document, f"{body.number:03d}")
    to = body.seller if author == body.buyer else body.buyer
    ask(draft, act, "items", pair, author, to, body.number)
    return draft.effects


def take_items(draft: Draft, act: Act[Any], found: Row, accepted: bool) -> None:
    pair, part = found["subject"], f"{found['number']:03d}"
    status = "agreed" if accepted else "declined"
    draft.amend("item-map", pair, part, status=status, answered=act.index)
    if not accepted:
        return
    for row in (draft.row("item-map", pair, part) or {})["rows"]:
        for name in _parts(row.get("seller_item"), row.get("wording")):
            draft.put("item-name", pair, {**row, "version": found["number"]}, name)


def pair_name(buyer: str, seller: str) -> str:
    """Name under which everything about a pair of firms is grouped; no handle holds a blank."""
    return f"{buyer} {seller}"


def item_of(state: State, pair: str, part_number: str | None, wording: str | None) -> Row | None:
    """What a part number means for the pair; where there is none, what the wording means."""
    for part in _parts(part_number, wording):
        found: Row | None = state.get("item-name", pair, part)
        if found is not None:
            return found
    return None


def factor_between(row: Row, seller_unit: str, buyer_unit: str) -> Factor | None:
    """From the unit of the seller's document to the buyer's; None where the mapping speaks of others."""
    if same_unit(seller_unit, buyer_unit):
        return Factor(1, 1)
    if (row["seller_unit"], row["buyer_unit"]) != (seller_unit, buyer_unit):
        return None
    return Factor(row["numerator"], row["denominator"])


def plain_wording(text: str) -> str:
    """Wordings compare without regard to width, case and blanks.

    >>> plain_wording(" *电子元件*　ＡＢ 电容 ")
    '*电子元件*ab电容'
    """
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()


def _parts(part_number: str | None, wording: str | None) -> list[str]:
    said = [] if part_number is None else [f"p:{part_number}"]
    plain = "" if wording is None else plain_wording(wording)
    return [*said, f"w:{plain}"] if plain else said
