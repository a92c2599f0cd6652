"""The goods of the story: made, labelled, packed, shipped, received while offline, built into packs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import tallystick.finance as finance
import tallystick.scanners as scanners
import tallystick.trace as trace
from tallystick.app.demo import cast
from tallystick.app.demo.stage import Stage
from tallystick.identity import CreateHandles, HandleRecord, HandleValue
from tallystick.ledger import InvariantError
from tallystick.trace import builders as epcis

module_count = 120
pallet_count = 6
pack_count = 10
modules_per_pack = 8
contract_number = "FC-2025-018"
order_number = "PO-2025-0117"
despatch_number = "DN-2025-0342"
invoice_number = "25999000000000000117"
#: 120 modules for CNY 7,964,601.77 and 13 % tax: CNY 9,000,000.00 in all.
net_amount = 796_460_177
tax_ppm = 130_000
face = 900_000_000

maker = cast.suppliers[0]
contract = f"{cast.core.handle}#{contract_number}"
order = f"{cast.core.handle}#{order_number}"
despatch = f"{maker.handle}#{despatch_number}"
invoice = f"{maker.handle}#{invoice_number}"
modules = tuple(f"{maker.prefix}/M-{n:04d}" for n in range(1, module_count + 1))
pallets = tuple(f"{maker.prefix}/PAL-{n:02d}" for n in range(1, pallet_count + 1))
packs = tuple(f"{cast.core.prefix}/PACK-{n:04d}" for n in range(1, pack_count + 1))
cells = f"{cast.suppliers[1].prefix}/LOT-C7"
cathode = f"{cast.suppliers[2].prefix}/LOT-K3"
anode = f"{cast.suppliers[3].prefix}/LOT-A5"
separator = f"{cast.suppliers[4].prefix}/LOT-S9"


@dataclass
class Goods:
    """What happened to the goods, for the figures at the end."""

    labels: int = 0
    decoded: int = 0
    agreed: int = 0
    offline_captures: int = 0


def register_things(stage: Stage) -> None:
    """Handles for lots, modules, pallets, packs and places, each by the holder of its prefix."""
    things: list[tuple[cast.Firm, Iterable[str], str, str]] = [
        (maker, modules, "电池模组", "Battery module"),
        (maker, pallets, "托盘", "Pallet"),
        (maker, [maker.device("PLANT")], "模组工厂", "Module plant"),
        (cast.suppliers[1], [cells], "电芯批次", "Lot of cells"),
        (cast.suppliers[2], [cathode], "正极材料批次", "Lot of cathode material"),
        (cast.suppliers[3], [anode], "负极材料批次", "Lot of anode material"),
        (cast.suppliers[4], [separator], "隔膜批次", "Lot of separator film"),
        (cast.core, packs, "动力电池包", "Traction battery pack"),
        (cast.core, [cast.core.device("GATE-3")], "三号收货口", "Receiving gate 3"),
        (cast.core, [cast.core.device("LINE-1")], "一号总装线", "Assembly line 1"),
        (cast.carrier, [cast.carrier.device("HUB")], "转运中心", "Carrier hub"),
    ]
    for firm in cast.suppliers[1:5]:
        things.append((firm, [firm.device("PLANT")], "工厂", "Plant"))
    said = []
    for firm, handles, zh, en in things:
        records = tuple(record(handle, zh, en) for handle in handles)
        body = CreateHandles(handles=records)
        said.append(stage.sign(firm.handle, "identity.handle.create/1", body))
    stage.append(said)


def print_and_decode(stage: Stage, base_url: str, goods: Goods) -> None:
    """Labels for all modules and packs: printed, and read back from the printed image."""
    for handle in (*modules, *packs):
        name = "动力电池包" if handle in packs else "电池模组"
        printed = scanners.label_png(scanners.Label(handle, name), base_url)
        goods.labels += 1
        found = scanners.decode(printed.data)
        if [scanners.handle_of(code.text, [base_url]) for code in found] != [handle]:
            raise InvariantError(f"the printed label of {handle} does not read back")
        goods.decoded += 1
        goods.agreed += all(code.agreed for code in found)
    labels = [scanners.Label(handle, "电池模组") for handle in modules]
    sheet = scanners.label_sheet(labels, base_url)
    (stage.folder / "labels.pdf").write_bytes(sheet.data)


def make_materials(stage: Stage) -> None:
    """Materials become cells at S02, cells become modules at S01."""
    time = "2025-12-16T02:00:00.000Z"
    stage.at(time)
    firms = cast.suppliers
    lot = _lot
    for firm, name, amount in (
        (firms[2], cathode, 4000),
        (firms[3], anode, 3000),
        (firms[4], separator, 900),
    ):
        scanner = stage.add_device(firm, "SCAN-1")
        place = firm.device("PLANT")
        scanner.capture(
            [epcis.commissioning(lots=[lot(name, amount)], time=time, read_point=place)]
        )
        scanner.flush()
    cell_maker = stage.add_device(firms[1], "SCAN-1")
    cell_maker.capture(
        [
            epcis.transforming(
                time="2025-12-17T03:00:00.000Z",
                input_lots=[lot(cathode, 4000), lot(anode, 3000), lot(separator, 900)],
                output_lots=[lot(cells, 11520)],
                read_point=firms[1].device("PLANT"),
            )
        ]
    )
    cell_maker.flush()
    stage.at("2025-12-18T02:00:00.000Z")
    line = stage.add_device(maker, "LINE-SCAN")
    line.capture(
        [
            epcis.transforming(
                outputs=modules,
                time="2025-12-18T02:00:00.000Z",
                input_lots=[lot(cells, 11520)],
                read_point=maker.device("PLANT"),
            )
        ]
    )
    line.flush()


def pack_and_ship(stage: Stage) -> None:
    """Modules onto pallets, pallets to the carrier, with a despatch advice that names each module."""
    stage.at("2025-12-20T06:00:00.000Z")
    dock = stage.add_device(maker, "DOCK-SCAN")
    per_pallet = module_count // pallet_count
    time = "2025-12-20T06:00:00.000Z"
    plant = maker.device("PLANT")
    dock.capture([epcis.commissioning(pallets, time=time, read_point=plant)])
    dock.capture(
        [
            epcis.packing(
                pallet,
                modules[n * per_pallet : (n + 1) * per_pallet],
                time=time,
                read_point=plant,
            )
            for n, pallet in enumerate(pallets)
        ]
    )
    dock.flush()
    line = finance.DespatchLine(
        line=1, order=order, order_line=1, quantity=module_count, items=modules
    )
    stage.say(
        maker.maker,
        "finance.despatch/1",
        finance.Despatch(
            number=despatch_number,
            seller=maker.handle,
            buyer=cast.core.handle,
            carrier=cast.carrier.handle,
            despatched_on="2025-12-20",
            lines=(line,),
            packages=pallets,
        ),
    )
    dock.capture(
        [
            epcis.shipping(
                pallets,
                time="2025-12-20T09:00:00.000Z",
                read_point=plant,
                references=references(),
                source=maker.handle,
                destination=cast.core.handle,
            )
        ]
    )
    dock.flush()
    stage.at("2025-12-21T04:00:00.000Z")
    hub = stage.add_device(cast.carrier, "HUB-SCAN")
    hub.capture(
        [
            epcis.object_event(
                pallets,
                time="2025-12-21T04:00:00.000Z",
                step="transporting",
                read_point=cast.carrier.device("HUB"),
                references=references(),
            )
        ]
    )
    hub.flush()


def receive_offline(stage: Stage, goods: Goods) -> None:
    """The core's gate scanner works without a network, and sends in one go when it is back."""
    stage.at("2025-12-23T01:00:00.000Z")
    gate = stage.add_device(cast.core, "GATE-SCAN")
    transport = stage.transports[gate.handle]
    transport.away = True
    place = cast.core.device("GATE-3")
    for n, pallet in enumerate(pallets):
        time = f"2025-12-23T01:{10 + n:02d}:00.000Z"
        stage.clock.set(time)
        gate.capture([epcis.unpacking(pallet, time=time, read_point=place)])
        chosen = modules[n * 20 : (n + 1) * 20]
        gate.capture(
            [
                epcis.receiving(
                    chosen,
                    time=time,
                    read_point=place,
                    references=references(),
                    source=maker.handle,
                    destination=cast.core.handle,
                )
            ]
        )
        goods.offline_captures += 2
    if gate.flush().away is None:
        raise InvariantError("the gate scanner reached a node that is away")
    stage.at("2025-12-23T09:30:00.000Z")
    transport.away = False
    done = gate.flush()
    if done.accepted != goods.offline_captures or done.refused:
        raise InvariantError(f"the offline captures were not all accepted: {done}")


def build_packs(stage: Stage) -> None:
    """Eight modules become a battery pack, which a consumer will look up."""
    stage.at("2026-01-08T02:00:00.000Z")
    line = stage.add_device(cast.core, "LINE-SCAN")
    line.capture(
        [
            epcis.transforming(
                modules[n * modules_per_pack : (n + 1) * modules_per_pack],
                [pack],
                time=f"2026-01-08T02:{n:02d}:00.000Z",
                read_point=cast.core.device("LINE-1"),
            )
            for n, pack in enumerate(packs)
        ]
    )
    line.flush()


def references() -> list[trace.Reference]:
    return [
        trace.Reference(type="po", id=order),
        trace.Reference(type="desadv", id=despatch),
    ]


def _lot(lot: str, quantity: int) -> trace.Quantity:
    return trace.Quantity(lot=lot, quantity=quantity)


def record(handle: str, zh: str, en: str) -> HandleRecord:
    return HandleRecord(
        handle=handle,
        values=(
            HandleValue(index=2, type="NAME.ZH", data=zh),
            HandleValue(index=3, type="NAME.EN", data=en),
        ),
    )
