"""Parts made of the core's own aluminium for a fee: issued, used, lost above the share, let pass, and returned."""

from __future__ import annotations

import tallystick.finance as finance
import tallystick.trace as trace
from tallystick.app.bootstrap import Node
from tallystick.app.demo import cast, goods
from tallystick.app.demo.stage import Stage
from tallystick.identity import CreateHandles
from tallystick.ledger import Body, InvariantError, instant, payload_hash
from tallystick.trace import builders as epcis

maker = cast.suppliers[0]
order_number = "PO-2026-0160"
order = f"{cast.core.handle}#{order_number}"
despatch_number, lot = "DN-2026-0160", maker.device("LOT-PLATES-1")
item, fee = "AL-6061", 1_250
#: End plates, and grams of aluminium: issued, in one plate, lost, and what may be lost in parts per million.
plates, issued, in_one, lost, loss_ppm = 40, 105_000, 2_500, 3_000, 20_000


def work(node: Node, stage: Stage) -> str:
    """The whole of one order; the code with which more is refused to come back than is there."""
    _ordered(stage)
    _note(stage, "issue", issued)
    _received(stage)
    _note(stage, "loss", lost)
    refused = stage.try_to(stage.sign(maker.maker, "finance.material/1", _body("return", issued)))
    _note(stage, "return", issued - plates * in_one - lost)
    with node.reader.open() as snapshot:
        left = finance.subcontracts.balances(snapshot.view, order)[item]
    if left.balance:
        raise InvariantError(f"{left.balance} g of {item} are left")
    return refused


def _ordered(stage: Stage) -> None:
    line = finance.OrderLine(
        line=1, text="机加工端板 Machined end plate", quantity=plates,
        price=finance.Price(amount=fee), tax_ppm=130_000,
    )  # fmt: skip
    body = finance.Order(
        number=order_number, buyer=cast.core.handle, seller=maker.handle, contract=goods.contract,
        currency="CNY", ordered_on="2026-06-02", lines=(line,),
    )  # fmt: skip
    stage.say(cast.core.maker, "finance.order/1", body)
    material = finance.subcontracts.Material(
        item=item, part=cast.core.device("AL-6061"), text="铝板 Aluminium sheet", unit="KGM",
        scale=3, loss_ppm=loss_ppm,
    )  # fmt: skip
    use = finance.subcontracts.Use(order_line=1, item=item, quantity=in_one)
    told = finance.subcontracts.Subcontract(order=order, materials=(material,), uses=(use,))
    _agreed(stage, cast.core.maker, "finance.subcontract/1", told, maker.maker)


def _received(stage: Stage) -> None:
    """The lot is made and sent with its advice, and the core's gate scanner takes it in."""
    now, moved = instant(stage.clock.now_ms()), trace.Quantity(lot=lot, quantity=plates)
    record = goods.record(lot, "端板批次", "Lot of end plates")
    stage.say(maker.handle, "identity.handle.create/1", CreateHandles(handles=(record,)))
    plant = maker.device("PLANT")
    _scanned(
        stage,
        maker.device("DOCK-SCAN"),
        epcis.commissioning(lots=[moved], time=now, read_point=plant),
    )
    sent = finance.DespatchLine(
        line=1, order=order, order_line=1, quantity=plates,
        lots=(finance.LotQuantity(lot=lot, quantity=plates),),
    )  # fmt: skip
    body = finance.Despatch(
        number=despatch_number, seller=maker.handle, buyer=cast.core.handle,
        despatched_on="2026-07-08", lines=(sent,),
    )  # fmt: skip
    stage.say(maker.maker, "finance.despatch/1", body)
    arrived = epcis.receiving(
        lots=[moved],
        time=now,
        read_point=cast.core.device("GATE-3"),
        references=[trace.Reference(type="desadv", id=f"{maker.handle}#{despatch_number}")],
        source=maker.handle,
        destination=cast.core.handle,
    )
    _scanned(stage, cast.core.device("GATE-SCAN"), arrived)


def _scanned(stage: Stage, device: str, event: epcis.Event) -> None:
    stage.devices[device].capture([event])
    done = stage.devices[device].flush()
    if done.refused or not done.accepted:
        raise InvariantError(f"a scan of the plates was not taken in: {done}")


def _note(stage: Stage, moved: finance.subcontracts.Moved, quantity: int) -> None:
    giver, taker = (cast.core, maker) if moved == "issue" else (maker, cast.core)
    _agreed(stage, giver.maker, "finance.material/1", _body(moved, quantity), taker.maker)


def _body(moved: finance.subcontracts.Moved, quantity: int) -> finance.subcontracts.MaterialNote:
    line = finance.subcontracts.MaterialLine(item=item, quantity=quantity, scale=3)
    return finance.subcontracts.MaterialNote(
        number=f"AL-{moved}-{quantity}", order=order, moved=moved, moved_on="2026-07-08",
        reason="process" if moved == "loss" else None, lines=(line,),
    )  # fmt: skip


def _agreed(stage: Stage, by: str, entry_type: str, body: Body, to: str) -> None:
    proposed = stage.sign(by, entry_type, body)
    agree = finance.Agree(proposal=payload_hash(proposed.envelope).hex())
    stage.append([proposed, stage.sign(to, "finance.agree/1", agree)])
