"""Plain words for the codes that pages show. Each is a message of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.app.pages.language import Language, translate


def message(text: str) -> str:
    """Marks a text for the catalogue."""
    return text


def say(table: str, code: str | None) -> str:
    """The plain word of a code; the code itself, made readable, where there is none."""
    if code is None:
        return ""
    found = tables[table].get(code)
    return found if found is not None else code.replace("_", " ").replace("-", " ")


def yes_no(value: bool, language: Language) -> str:
    return translate(language, message("yes") if value else message("no"))


#: CBV 2.0 business steps, as a consumer would say them.
steps: Mapping[str, str] = {
    "accepting": message("Accepted"),
    "arriving": message("Arrived"),
    "assembling": message("Assembled"),
    "collecting": message("Collected"),
    "commissioning": message("Made"),
    "consigning": message("Handed over for sale"),
    "creating_class_instance": message("Lot created"),
    "cycle_counting": message("Counted"),
    "decommissioning": message("Identifier retired"),
    "departing": message("Departed"),
    "destroying": message("Destroyed"),
    "disassembling": message("Taken apart"),
    "dispensing": message("Dispensed"),
    "encoding": message("Label written"),
    "entering_exiting": message("Passed a gate"),
    "holding": message("Held"),
    "inspecting": message("Inspected"),
    "installing": message("Installed"),
    "killing": message("Tag switched off"),
    "loading": message("Loaded"),
    "other": message("Other step"),
    "packing": message("Packed"),
    "picking": message("Picked"),
    "receiving": message("Received"),
    "removing": message("Removed"),
    "repackaging": message("Repacked"),
    "repairing": message("Repaired"),
    "replacing": message("Replaced"),
    "reserving": message("Reserved"),
    "retail_selling": message("Sold"),
    "sampling": message("Sampled"),
    "sensor_reporting": message("Measured"),
    "shipping": message("Shipped"),
    "staging_outbound": message("Ready to ship"),
    "stock_taking": message("Stock taken"),
    "stocking": message("Put on the shelf"),
    "storing": message("Stored"),
    "transporting": message("On the road"),
    "unloading": message("Unloaded"),
    "unpacking": message("Unpacked"),
    "void_shipping": message("Shipment cancelled"),
}
_no_step = message("Recorded")

_icons = {
    "make": "commissioning assembling creating_class_instance encoding installing replacing",
    "pack": "packing repackaging picking unpacking staging_outbound disassembling removing",
    "ship": "shipping departing transporting loading consigning unloading void_shipping",
    "take": "receiving accepting arriving collecting",
    "look": "inspecting sampling sensor_reporting cycle_counting stock_taking entering_exiting",
    "keep": "storing stocking holding reserving",
    "sell": "retail_selling dispensing",
    "mend": "repairing",
    "gone": "destroying decommissioning killing",
}
_icon_of = {step: icon for icon, members in _icons.items() for step in members.split()}


def step(code: str | None) -> str:
    return _no_step if code is None else say("steps", code)


def icon(code: str | None) -> str:
    """The drawing of a step: one of make, pack, ship, take, look, keep, sell, mend, gone, dot."""
    return _icon_of.get(code or "", "dot")


dispositions: Mapping[str, str] = {
    "active": message("in use"),
    "available": message("available"),
    "completeness_verified": message("found complete"),
    "completeness_inferred": message("presumed complete"),
    "conformant": message("conforms"),
    "container_closed": message("closed"),
    "container_open": message("open"),
    "damaged": message("damaged"),
    "destroyed": message("destroyed"),
    "dispensed": message("dispensed"),
    "disposed": message("disposed of"),
    "encoded": message("label written"),
    "expired": message("expired"),
    "in_progress": message("in progress"),
    "in_transit": message("in transit"),
    "inactive": message("not in use"),
    "mismatch_instance": message("not what was expected"),
    "mismatch_class": message("another product than expected"),
    "mismatch_quantity": message("another quantity than expected"),
    "needs_replacement": message("needs replacement"),
    "no_pedigree_match": message("origin does not match"),
    "non_conformant": message("does not conform"),
    "non_sellable_other": message("not for sale"),
    "partially_dispensed": message("dispensed in part"),
    "recalled": message("recalled"),
    "reserved": message("reserved"),
    "retail_sold": message("sold"),
    "returned": message("returned"),
    "sellable_accessible": message("for sale"),
    "sellable_not_accessible": message("for sale on request"),
    "stolen": message("stolen"),
    "unavailable": message("not available"),
    "unknown": message("unknown"),
}
relations: Mapping[str, str] = {
    "parent": message("as a container"),
    "child": message("as part of a container"),
    "input": message("as material"),
    "output": message("as product"),
}
item_statuses: Mapping[str, str] = {
    "active": message("in use"),
    "in_transit": message("in transit"),
    "sold": message("sold"),
    "consumed": message("built in or used up"),
    "destroyed": message("destroyed"),
    "decommissioned": message("identifier retired"),
}
fact_types: Mapping[str, str] = {
    "LOT": message("Lot"),
    "BATCH": message("Lot"),
    "MODEL": message("Model"),
    "PRODUCT": message("Product"),
    "SERIAL": message("Serial number"),
    "GTIN": message("GTIN"),
    "MADE_ON": message("Made on"),
    "MADE.ON": message("Made on"),
    "MANUFACTURED": message("Made on"),
    "PRODUCED": message("Made on"),
    "EXPIRES": message("Best before"),
    "MAKER": message("Maker"),
    "DESCRIPTION": message("Description"),
    "CHEMISTRY": message("Cell chemistry"),
    "CAPACITY": message("Capacity"),
    "ENERGY": message("Energy"),
    "VOLTAGE": message("Voltage"),
    "WEIGHT": message("Weight"),
    "MASS": message("Weight"),
    "MATERIAL": message("Material"),
    "ORIGIN": message("Place of origin"),
    "SPECIFICATION": message("Specification"),
    "URL": message("Web page"),
    "EMAIL": message("E-mail"),
    "ADDRESS": message("Address"),
    "PLACE": message("Place"),
    "GLN": message("Location number"),
    "TALLYSTICK.HOLDER": message("Prefix held by"),
    "TALLYSTICK.ROLE": message("Role of the prefix"),
    "SCHEME": message("Number registered as"),
    "NUMBER": message("Register number"),
    "COUNTRY": message("Country"),
    "VERIFIED": message("Number verified"),
    "ORGANISATION": message("Organisation"),
    "PURPOSE": message("Purpose"),
    "KIND": message("Kind"),
}
certificate_statuses: Mapping[str, str] = {
    "offered": message("offered, not yet accepted"),
    "live": message("live"),
    "partially_paid": message("paid in part"),
    "settled": message("settled"),
    "refused": message("refused"),
    "lapsed": message("lapsed"),
}
acts: Mapping[str, str] = {
    "proposed": message("Confirmation proposed by the maker"),
    "issued": message("Confirmation approved by the checker; certificate issued"),
}
outcomes: Mapping[str, str] = {"accepted": message("accepted"), "refused": message("refused")}
custodies: Mapping[str, str] = {
    "node": message("key held by the node"),
    "self": message("key held by its owner"),
    "hardware": message("key held in hardware"),
}
suites: Mapping[str, str] = {"ed25519": "Ed25519", "ecdsa-p256-sha256": "ECDSA P-256"}
evidences: Mapping[str, str] = {
    "device": message("scanned by a device of the buyer"),
    "document-only": message("stated by a document only"),
}

#: (line, advice) of the verdict on an item.
verdicts: Mapping[str, tuple[str, str]] = {
    "authentic": (
        message("Authentic, and consistent with the log"),
        message("Compare the code above with the code on the pack."),
    ),
    "sold": (
        message("Authentic, and already sold"),
        message("If you are offered it as new, ask the seller where it came from."),
    ),
    "unsealed": (
        message("Authentic; its newest entry is about to be sealed"),
        message("Look again in two seconds."),
    ),
    "issued": (
        message("Registered; nothing has been recorded about it yet"),
        message("The identifier was issued by the firm below. No scan has named it so far."),
    ),
    "party": (
        message("Registered in this log"),
        message("This handle names an organisation, a person or a device, not a product."),
    ),
    "foreign": (
        message("Recorded here; its code was issued elsewhere"),
        message("The events below are in this log. Who issued the code is not registered here."),
    ),
    "consumed": (
        message("Authentic, and built into another product"),
        message("It no longer exists by itself. Do not buy it as a separate item."),
    ),
    "destroyed": (
        message("This item was destroyed"),
        message("If you hold something with this code, its label is not genuine. Do not use it."),
    ),
    "decommissioned": (
        message("This identifier was retired"),
        message("If you hold something with this code, ask the maker before you use it."),
    ),
    "recalled": (
        message("Recalled"),
        message("Stop using it, and return it to where you bought it."),
    ),
    "broken": (
        message("Does not verify: an entry behind this item contradicts the log"),
        message("Trust nothing on this page. Tell the operator and the auditor of this log."),
    ),
}

#: (title, advice) of the refusals that a page can meet, by code.
problems: Mapping[str, tuple[str, str]] = {
    "not-readable": (
        message("Not found, or not yours to read"),
        message("If you take part in it, look at it in the name of your organisation."),
    ),
    "not-found-or-not-yours": (
        message("Not found, or not yours to read"),
        message("If you take part in it, look at it in the name of your organisation."),
    ),
    "index-unknown": (
        message("The log has no entry with this number"),
        message("Numbers start at 0 and end below the size of the log."),
    ),
    "parameters-refused": (
        message("The address of this page is not in its form"),
        message("Go back to the start page and follow a link from there."),
    ),
}
problem_otherwise = (
    message("This page cannot be shown"),
    message("Go back to the start page and try again."),
)

tables: Mapping[str, Mapping[str, str]] = {
    "steps": steps,
    "dispositions": dispositions,
    "relations": relations,
    "item_statuses": item_statuses,
    "fact_types": fact_types,
    "certificate_statuses": certificate_statuses,
    "acts": acts,
    "outcomes": outcomes,
    "custodies": custodies,
    "suites": suites,
    "evidences": evidences,
}
