"""Our own JSON: for whoever has neither UBL nor CII. Numbers are texts, so that no reader rounds them."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tallystick.app.documents.errors import DocumentTooLarge, DocumentUnreadable
from tallystick.app.documents.forms import exact
from tallystick.app.documents.forms.lines import lines_max
from tallystick.app.documents.forms.xml import document_bytes_max
from tallystick.app.documents.told import Kind, Line, Party, Told

Words = Annotated[str, Field(max_length=400)]
Name = Annotated[str, Field(max_length=200)]


class JsonLine(BaseModel):
    """`tax_percent`: 13 for 13 %. `per`: for how many units the price is. `meter_from`, `meter_until`: what the
    `device` of a statement of use showed."""

    model_config = ConfigDict(extra="forbid", strict=True)
    line: int = Field(ge=1, le=999_999)
    order: Name = ""
    order_line: int | None = Field(default=None, ge=1, le=999_999)
    buyer_item: Name = ""
    seller_item: Name = ""
    wording: Words = ""
    quantity: Name = ""
    unit: Name = ""
    price: Name = ""
    per: Name = "1"
    net: Name = ""
    tax: Name = ""
    tax_percent: Name = "0"
    serials: list[Name] = Field(default=[], max_length=1000)
    lots: list[Name] = Field(default=[], max_length=1000)
    device: Name = ""
    meter_from: Name = ""
    meter_until: Name = ""


class JsonDocument(BaseModel):
    """`buyer` and `seller`: a handle, 统一社会信用代码, LEI or GLN. `until`: the last day of a statement of use."""

    model_config = ConfigDict(extra="forbid", strict=True)
    kind: Kind
    number: Name
    date: Name
    buyer: Name
    seller: Name
    currency: Name = ""
    contract: Name = ""
    order: Name = ""
    refers: Name = ""
    change: int = Field(default=0, ge=0, le=999)
    until: Name = ""
    gross: Name = ""
    lines: list[JsonLine] = Field(default=[], max_length=lines_max)


def read_json(data: bytes) -> Told:
    """What our JSON tells; raises `DocumentUnreadable` or `DocumentTooLarge`."""
    if len(data) > document_bytes_max:
        raise DocumentTooLarge(f"{len(data)} bytes, at most {document_bytes_max}")
    try:
        found = JsonDocument.model_validate_json(data)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'/'.join(str(step) for step in one['loc']) or 'document'}: {one['msg']}"
            for one in error.errors(include_url=False, include_input=False)[:10]
        )
        raise DocumentUnreadable(f"JSON: {wrong}") from None
    order = found.order
    return Told(
        kind=found.kind,
        number=found.number,
        date=exact.money_day(found.date, "date"),
        buyer=Party((("", found.buyer),)),
        seller=Party((("", found.seller),)),
        currency=found.currency,
        contract=found.contract,
        order=order,
        refers=found.refers,
        change=found.change,
        until=exact.money_day(found.until, "until") if found.until else "",
        gross=exact.money(found.gross, found.currency, "gross") if found.gross else None,
        lines=tuple(_line(line, order, found.currency) for line in found.lines),
    )


def _line(line: JsonLine, order: str, currency: str) -> Line:
    at = f"line {line.line}"
    value, scale = exact.quantity(line.quantity, f"{at} quantity") if line.quantity else (0, 0)
    meters = [
        exact.decimal(text, f"{at} meter") if text else None
        for text in (line.meter_from, line.meter_until)
    ]
    finest = max(scale, *(meter[1] for meter in meters if meter is not None), 0)
    value, scale = value * int(10 ** (finest - scale)), finest
    opened, closed = (_at_scale(meter, scale, at) for meter in meters)
    return Line(
        number=line.line,
        order=line.order or order,
        order_line=line.order_line,
        buyer_item=line.buyer_item,
        seller_item=line.seller_item,
        wording=exact.words(line.wording),
        quantity=value,
        scale=scale,
        unit=line.unit,
        price=exact.price(line.price, line.per, currency, f"{at} price") if line.price else None,
        net=exact.money(line.net, currency, f"{at} net") if line.net else None,
        tax=exact.money(line.tax, currency, f"{at} tax") if line.tax else None,
        tax_ppm=exact.percent(line.tax_percent, f"{at} tax_percent"),
        serials=tuple(line.serials),
        lots=tuple(line.lots),
        device=line.device,
        meter_from=opened,
        meter_until=closed,
    )


def _at_scale(meter: tuple[int, int] | None, scale: int, at: str) -> int | None:
    if meter is None:
        return None
    value, decimals = meter
    if value < 0 or decimals > exact.quantity_decimals_max:
        raise DocumentUnreadable(f"{at}: a meter shows no such number")
    return value * int(10 ** (scale - decimals))
