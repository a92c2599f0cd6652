"""Bodies of subcontract orders: which material an order takes, and notes of what went out, back or was lost."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from tallystick.finance.trade.documents import (
    DocumentName,
    ItemCode,
    LineNumber,
    LineQuantity,
    Number,
    Ppm,
    Scale,
    Unit,
    document_lines_max,
    quantity_max,
)
from tallystick.ledger import Body, Handle, MoneyDate, Text

materials_max = 100

#: What a note moves: out to the subcontractor, back to the buyer, or nowhere any more.
Moved = Literal["issue", "return", "loss"]
#: Why material was lost: in the process, on the way, because it was not as it must be, or otherwise.
LossReason = Literal["process", "transport", "material", "other"]


class Material(Body):
    """The buyer's material. `item` is its 物料编码, `part` the handle of the product, which every firm shares.

    `loss_ppm` (定额损耗): the share of what accepted parts use that may be lost. Quantities of it count 10^-`scale`
    of `unit`.
    """

    item: ItemCode
    part: Handle
    text: Text | None = None
    unit: Unit = "H87"
    scale: Scale = 0
    loss_ppm: Ppm = 0


class Use(Body):
    """The bill of material: `quantity` of an item, in its scale, for `per` whole units of the order line."""

    order_line: LineNumber
    item: ItemCode
    quantity: LineQuantity
    per: Annotated[int, Field(gt=0, le=quantity_max)] = 1


class Subcontract(Body):
    """Body of `finance.subcontract/1` (委外加工), by the buyer of the order; the subcontractor agrees.

    The price of the order's lines is the fee. Ownership of the material never moves.
    """

    order: DocumentName
    materials: Annotated[tuple[Material, ...], Field(min_length=1, max_length=materials_max)]
    uses: Annotated[tuple[Use, ...], Field(min_length=1, max_length=document_lines_max)]


class MaterialLine(Body):
    """So much of an item. `seller_item`: the subcontractor's part number, by which another unit is converted."""

    item: ItemCode
    quantity: LineQuantity
    scale: Scale = 0
    unit: Unit | None = None
    seller_item: ItemCode | None = None


class MaterialNote(Body):
    """Body of `finance.material/1` (领料单, 退料单, 损耗单), named `<author>#<number>`.

    The buyer issues material, the subcontractor returns and loses it. `reason` is said of a loss, and of nothing else.
    """

    number: Number
    order: DocumentName
    moved: Moved
    moved_on: MoneyDate
    reason: LossReason | None = None
    lines: Annotated[tuple[MaterialLine, ...], Field(min_length=1, max_length=materials_max)]

    @model_validator(mode="after")
    def _reason_of_a_loss(self) -> MaterialNote:
        if (self.reason is not None) != (self.moved == "loss"):
            raise ValueError("a loss has a reason, and nothing else has")
        return self
