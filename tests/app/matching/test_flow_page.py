"""四流一致 of goods that are counted in parts of a unit: the page says what was received, not how it is stored."""

from __future__ import annotations

import pytest
from tests.app.matching.office import Office, gate, maker, seller
from tests.ledger.world import core, supplier

from tallystick import finance
from tallystick.identity import CreateHandles, HandleRecord
from tallystick.trace import Quantity, Reference, builders

lot = "99.100.1/LOT-KG"


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", "received 1.5, rejected 0.0, returned 0.0"), ("zh", "收货 1.5，拒收 0.0，退货 0.0")],
)
def test_kilograms_are_shown_with_their_decimals(desk: Office, language: str, told: str) -> None:
    """1.5 kg stood there as 15, and money without its currency."""
    number, mine = f"PO-KG-{language}", f"{lot}-{language}"
    made = CreateHandles(handles=(HandleRecord(handle=mine, values=()),))
    desk.say(core, "identity.handle.create/1", made)
    line = finance.OrderLine(
        line=1, unit="KGM", quantity=20, scale=1, price=finance.Price(amount=1000)
    )
    body = finance.Order(
        number=number, buyer=core, seller=supplier, contract=f"{core}#FC-1", currency="CNY",
        ordered_on="2026-01-02", lines=(line,),
    )  # fmt: skip
    desk.say(maker, "finance.order/1", body)
    order = f"{core}#{number}"
    sent = finance.DespatchLine(
        line=1, order=order, order_line=1, quantity=15, scale=1,
        lots=(finance.LotQuantity(lot=mine, quantity=15, scale=1),),
    )  # fmt: skip
    advice = finance.Despatch(
        number=number, seller=supplier, buyer=core, despatched_on="2026-01-04", lines=(sent,)
    )
    desk.say(seller, "finance.despatch/1", advice)
    came = builders.receiving(
        lots=[Quantity(lot=mine, quantity=15, scale=1, unit="KGM")],
        time="2026-01-05T00:01:00.000Z",
        read_point=gate,
        references=[Reference(type="desadv", id=f"{supplier}#{number}")],
        source=supplier,
        destination=core,
    )
    desk.capture(came)
    billed = finance.InvoiceLine(
        line=1, order=order, order_line=1, unit="KGM", quantity=15, scale=1,
        price=finance.Price(amount=1000),
    )  # fmt: skip
    invoice = finance.Invoice(
        number=number, seller=supplier, buyer=core, currency="CNY", invoiced_on="2026-01-05",
        lines=(billed,),
    )  # fmt: skip
    desk.say(seller, "finance.invoice/1", invoice)
    page = desk.ask(maker, "/flows", order=order, lang=language).text
    assert told in page, page.partition('id="goods"')[2][:600]
    assert {"en": "kilograms", "zh": "千克"}[language] in page
    assert '<span class="currency">CNY</span> 15.00' in page
