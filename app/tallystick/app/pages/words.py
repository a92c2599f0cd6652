"""Plain words for the codes that pages show. Each is a message of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.app.pages import (
    advance_words,
    equality_words,
    grading_words,
    guarantee_words,
    hold_words,
    insurance_words,
    limit_words,
    match_words,
    money_words,
    organisation_words,
    payment_words,
    people_words,
    policy_words,
    sharing_words,
    statement_words,
    tender_words,
    trade_words,
    unit_words,
    webhook_words,
)
from tallystick.app.pages.language import Language, message, translate

__all__ = ["message", "say", "tables", "yes_no"]


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


_making = frozenset(("commissioning", "assembling", "creating_class_instance", None))
_relations = {
    ("packing", "child"): message("into a container"),
    ("unpacking", "child"): message("out of a container"),
    ("packing", "parent"): message("as the container"),
    ("unpacking", "parent"): message("as the container"),
}


def step(code: str | None, relation: str = "item") -> str:
    """What happened; to make something out of an item is, for the item, to be built in."""
    if relation == "input" and code in _making:
        return message("Built in")
    return _no_step if code is None else say("steps", code)


def relation(code: str | None, relation: str) -> str:
    """How the item took part, where that is not plain; else empty."""
    return _relations.get((code or "", relation), "")


def of_container(code: str | None) -> bool:
    """Whether a step of a container says nothing about what is in it."""
    return code in _making


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
#: What a relation says from its source, and from its target.
relations: Mapping[str, tuple[str, str]] = {
    "contains": (message("Contains"), message("Contained in")),
    "split-from": (message("Split from"), message("Split into")),
    "merged-into": (message("Merged into"), message("Merged from")),
    "replaced-by": (message("Replaced by"), message("Replaces")),
    "same-as": (message("The same as"), message("The same as")),
}
#: Why a certificate is suspended or revoked.
status_reasons: Mapping[str, str] = {
    "audit": message("an audit"),
    "overdue": message("what is overdue"),
    "complaint": message("a complaint"),
    "investigation": message("an investigation"),
    "withdrawn": message("its withdrawal"),
    "wrong": message("a mistake in it"),
    "superseded": message("a newer one"),
    "fraud": message("fraud"),
    "ceased": message("the end of what it certifies"),
}
#: What a person does for an organisation.
reads_whose: Mapping[str, str] = {
    "all": message("all"),
    "others": message("others"),
    "own": message("our own people and programs"),
    "made": message("ours, at things of others"),
}
reads_kinds: Mapping[str, str] = {
    "person": message("a person"),
    "program": message("a program"),
    "token": message("the bearer of a token"),
    "user": message("a user of the Handle API"),
    "key": message("a key by the Handle protocol"),
    "operator": message("the node's operator"),
    "webhook": message("a webhook"),
}
reads_what: Mapping[str, str] = {
    "ledger": message("entries, bodies, attachments"),
    "identity": message("records and names"),
    "people": message("people"),
    "goods": message("goods and events"),
    "money": message("documents and certificates"),
    "papers": message("qualifications"),
    "devices": message("devices"),
    "pages": message("pages"),
    "reads": message("the read log"),
}
reads_grounds: Mapping[str, str] = {
    "party": message("party of it"),
    "sharing": message("an agreement"),
    "remit": message("a remit"),
    "auditor": message("auditor"),
    "witness": message("witness"),
}
data_grades: Mapping[str, str] = {
    "public": message("public"),
    "partner": message("for partners"),
    "restricted": message("restricted"),
    "core": message("core"),
}
roles: Mapping[str, str] = {
    "maker": message("maker"),
    "checker": message("checker"),
    "warehouse": message("warehouse"),
    "finance": message("finance"),
    "reader": message("reader"),
    "administrator": message("administrator"),
    "security-administrator": message("security administrator"),
    "audit-administrator": message("audit administrator"),
}
#: Entries that write records, prefixes and keys.
record_acts: Mapping[str, str] = {
    "ledger.genesis/1": message("Registered when the log began"),
    "identity.organisation.register/1": message("Registered"),
    "identity.placeholder.add/1": message("Registered"),
    "identity.person.add/1": message("Registered"),
    "identity.device.add/1": message("Registered"),
    "identity.key.add/1": message("A key was added"),
    "identity.key.revoke/1": message("A key was revoked"),
    "identity.prefix.delegate/1": message("Given to its holder"),
    "identity.prefix.renew/1": message("Lease renewed"),
    "identity.prefix.suspend/1": message("Suspended"),
    "identity.prefix.lift/1": message("Suspension lifted"),
    "identity.prefix.hand/1": message("Handed to another holder"),
    "identity.prefix.leave/1": message("Left for another log"),
    "identity.prefix.arrive/1": message("Came from another log"),
    "identity.prefix.take/1": message("Came along with its prefix"),
    "identity.handle.create/1": message("Created"),
    "identity.handle.write/1": message("Written"),
    "identity.handle.renew/1": message("Registered again"),
}
prefix_roles: Mapping[str, str] = {
    "root": message("root of this log"),
    "secondary": message("a node, which registers organisations"),
    "enterprise": message("an enterprise"),
}
prefix_states: Mapping[str, str] = {
    "active": message("active"),
    "suspended": message("suspended"),
    "withdrawn": message("its lease has ended"),
    "arriving": message("on its way here"),
    "elsewhere": message("at home in another log"),
}
prefix_warnings: Mapping[str, str] = {
    "suspended": message("The prefix of this code is suspended: nothing new is written under it"),
    "withdrawn": message(
        "The lease of this code's prefix has ended: nothing new is written under it"
    ),
    "arriving": message(
        "The prefix of this code is on its way here: not all of its records have come"
    ),
    "elsewhere": message(
        "The prefix of this code is at home in another log: this is how it stood when it left"
    ),
}
suspensions: Mapping[str, str] = {
    "unpaid": message("not paid for"),
    "abuse": message("abused"),
    "investigation": message("under investigation"),
    "request": message("at its holder's request"),
}
deletions: Mapping[str, str] = {
    "mistake": message("it was a mistake"),
    "duplicate": message("it was a duplicate"),
    "retired": message("retired"),
    "destroyed": message("the thing was destroyed"),
    "withdrawn": message("withdrawn"),
}
certificate_statuses: Mapping[str, str] = {
    "offered": message("offered, not yet accepted"),
    "live": message("live"),
    "partially_paid": message("paid in part"),
    "settled": message("settled"),
    "refused": message("refused"),
    "lapsed": message("lapsed"),
    "cancelled": message("cancelled"),
}
acts: Mapping[str, str] = {
    "proposed": message("Confirmation proposed by the maker"),
    "issued": message("Confirmation approved by the checker; certificate issued"),
    "issued-by-policy": message("Confirmed under a standing policy; certificate issued"),
    "accepted": message("Accepted by the original holder"),
    "refused": message("Refused by the original holder"),
}
outcomes: Mapping[str, str] = {"accepted": message("accepted"), "refused": message("refused")}
custodies: Mapping[str, str] = {
    "node": message("key held by the node"),
    "self": message("key held by its owner"),
    "hardware": message("key held in hardware"),
}
bindings: Mapping[str, str] = {
    "self-held": message("self-held"),
    "CA-bound": message("CA-bound"),
}
suites: Mapping[str, str] = {
    "ed25519": "Ed25519",
    "ecdsa-p256-sha256": "ECDSA P-256",
    "sm2-sm3": "SM2",
}
evidences: Mapping[str, str] = {
    "device": message("scanned by a device of the buyer"),
    "document-only": message("stated by a document only"),
    "statement": message("agreed statement, nothing scanned"),
}

schemes: Mapping[str, str] = {
    "uscc": message("unified social credit code"),
    "lei": message("LEI"),
    "register": message("foreign register"),
    "none": message("none"),
}

#: What a witness did when it was last asked, by the code of its outcome.
witnesses: Mapping[str, str] = {
    "cosigned": message("cosigned"),
    "witness-not-asked": message("has not been asked yet"),
    "witness-no-address": message("has no address in the policy"),
    "witness-slow": message("has not answered in time"),
    "witness-unreachable": message("does not answer"),
    "witness-log-stopped": message("has stopped this log's key for ever: another operator goes on"),
    "witness-clock-wrong": message("its clock is wrong; not counted"),
    "witness-went-back": message("has forgotten what it cosigned; not counted"),
    "witness-ahead": message("says that it cosigned a larger tree"),
    "witness-conflict": message("has cosigned a newer checkpoint"),
    "witness-answer-refused": message("gives an answer that is none"),
    "witness-request-refused": message("calls our request malformed"),
    "witness-log-unknown": message("does not watch this log"),
    "cosignature-refused": message("signs with another key"),
    "checkpoint-not-trusted": message("does not trust this log's key"),
    "checkpoint-inconsistent": message("was shown another history before"),
    "mirror-behind": message("has not re-executed so many entries yet"),
    "mirror-cannot-follow": message("cannot fetch the log's entries"),
    "mirror-lacks-body": message("was not given a body in its scope"),
    "mirror-refuses": message("refuses: a rule is broken"),
}

#: How a credential stands for whoever asks.
standings: Mapping[str, str] = {
    "valid": message("valid"),
    "expiring": message("expires"),
    "suspended": message("suspended by its issuer"),
    "expired": message("expired"),
    "revoked": message("revoked"),
    "not-shown": message("not shown to you"),
}
qualification_kinds: Mapping[str, str] = {
    "business-licence": message("Business licence"),
    "production-licence": message("Production licence"),
    "test-report": message("Test report"),
    "material-declaration": message("Material declaration"),
    "iso-9001": "ISO 9001",
    "iso-14001": "ISO 14001",
    "iso-45001": "ISO 45001",
    "iso-27001": "ISO/IEC 27001",
    "iatf-16949": "IATF 16949",
}
qualification_fields: Mapping[str, str] = {
    "number": message("Number"),
    "scope": message("Scope"),
    "sites": message("Sites"),
    "issued": message("Issued on"),
    "expiry": message("Expires on"),
    "issuer": message("Issuer"),
    "part": message("Part"),
    "lot": message("Lot"),
    "list": message("List of substances"),
    "substances": message("Substances"),
    "complete": message("Complete"),
}

tables: Mapping[str, Mapping[str, str]] = {
    "standings": standings,
    "qualification_kinds": qualification_kinds,
    "qualification_fields": qualification_fields,
    "steps": steps,
    "dispositions": dispositions,
    "item_statuses": item_statuses,
    "fact_types": fact_types,
    "record_acts": record_acts,
    "deletions": deletions,
    "suspensions": suspensions,
    "prefix_roles": prefix_roles,
    "prefix_states": prefix_states,
    "prefix_warnings": prefix_warnings,
    "certificate_statuses": certificate_statuses,
    "acts": acts,
    **match_words.tables,
    **hold_words.tables,
    **limit_words.tables,
    **tender_words.tables,
    **guarantee_words.tables,
    **advance_words.tables,
    **insurance_words.tables,
    "status_reasons": status_reasons,
    "roles": roles,
    "reads_whose": reads_whose,
    "reads_kinds": reads_kinds,
    "reads_what": reads_what,
    "reads_grounds": reads_grounds,
    "data_grades": data_grades,
    **grading_words.tables,
    **equality_words.tables,
    **money_words.tables,
    **payment_words.tables,
    **policy_words.tables,
    **sharing_words.tables,
    **webhook_words.tables,
    **trade_words.tables,
    **unit_words.tables,
    **statement_words.tables,
    **organisation_words.tables,
    "schemes": schemes,
    "outcomes": outcomes,
    "bindings": bindings,
    "leaving": people_words.leaving,
    "proposal_states": people_words.proposal_states,
    "key_states": people_words.key_states,
    "proposals": people_words.proposals,
    "notices": people_words.notices,
    "custodies": custodies,
    "suites": suites,
    "evidences": evidences,
    "witnesses": witnesses,
}
