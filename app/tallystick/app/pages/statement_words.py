"""Plain words of statements and of goods worked on for others."""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.app.pages.language import message

tables: Mapping[str, Mapping[str, str]] = {
    "statement_reasons": {
        "quantity": message("quantity"),
        "price": message("price"),
        "tax": message("tax rate"),
        "goods": message("goods"),
        "returned": message("sent back"),
        "not-ours": message("not ours"),
        "withdrawn": message("withdrawn"),
        "other": message("another reason"),
    },
    "statement_lines": {
        "open": message("to be answered"),
        "agreed": message("agreed"),
        "disputed": message("disputed"),
        "billed": message("billed"),
        "credited": message("credited"),
        "credited-in-part": message("credited in part"),
    },
    "statement_standing": {
        "open": message("waits for answers"),
        "closed": message("answered"),
    },
    "subcontract_standing": {
        "proposed": message("waits for agreement"),
        "agreed": message("agreed"),
        "declined": message("declined"),
    },
    "material_moves": {
        "issue": message("Given out"),
        "return": message("Returned"),
        "loss": message("Lost"),
    },
    "loss_reasons": {
        "process": message("in the process"),
        "transport": message("on the way"),
        "material": message("faults of the material"),
        "other": message("another reason"),
    },
}
