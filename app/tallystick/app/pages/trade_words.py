"""Plain words of trade: evidence, proposals, what a document lacks."""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.app.pages.language import message

tables: Mapping[str, Mapping[str, str]] = {
    "facts": {
        "device": message("signed by the buyer's device"),
        "serials": message("every piece scanned by its serial"),
        "place": message("place of receipt stated"),
        "time": message("within the time of the despatch"),
        "chain": message("unbroken chain from the seller"),
        "inspection": message("inspected"),
        "statement": message("agreed statement, nothing scanned"),
        "document": message("document only"),
    },
    "proposals": {
        "contract": message("Contract"),
        "supplement": message("Supplement to a contract"),
        "order": message("Order"),
        "change": message("Change of an order"),
        "cancellation": message("Cancellation of an order"),
        "items": message("Names of items"),
        "usage": message("Statement of use"),
        "subcontract": message("Materials of a subcontract order"),
        "material": message("Material issued, returned or lost"),
    },
    "lacking": {
        "buyer": message("The buyer is not known here"),
        "seller": message("The seller is not known here"),
        "contract": message("No such contract"),
        "order": message("No such order"),
        "order-line": message("No such order line"),
        "item": message("The item is not mapped"),
        "unit": message("The unit is not mapped"),
        "quantity": message("The quantity does not divide"),
        "price": message("The price cannot be said exactly"),
        "invoice": message("No such invoice"),
        "lines": message("There are no lines"),
        "statement-line": message("No agreed statement line equals this line"),
    },
    "trade_standing": {
        "proposed": message("proposed"),
        "agreed": message("agreed by both"),
        "declined": message("declined"),
        "placed": message("placed"),
        "accepted": message("accepted"),
        "cancelled": message("cancelled"),
        "signed": message("signed by its issuer"),
        "document-only": message("document only"),
    },
}
