"""One thing, many names: a pack is known by its handle, its GTIN with serial, and its GS1 Digital Link."""

from __future__ import annotations

from tallystick.app.bootstrap import Node
from tallystick.app.demo import cast, goods
from tallystick.app.demo.stage import Stage
from tallystick.identity import ClaimName, by_name, digital_link
from tallystick.ledger import InvariantError

#: GS1's prefix for examples.
gtin, serial = "09521234543213", "PACK-0001"
pack = goods.packs[0]


def name_pack(node: Node, stage: Stage, base_url: str) -> str:
    """The Digital Link of the pack, which leads to the same record as its code and its handle."""
    code = f"{gtin}(21){serial}"
    body = ClaimName(handle=pack, scheme="sgtin", code=code)
    stage.say(cast.core.handle, "identity.name.claim/1", body)
    with node.look() as view:
        named, link = by_name(view, "sgtin", code), digital_link.printed(view, pack)
    if named is None or named.handle != pack or link is None:
        raise InvariantError(f"{code} does not lead to {pack}")
    return link.uri(base_url)
