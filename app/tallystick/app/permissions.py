"""Who may do what: the one table (role, relation, resource, verb); default deny.

A request is looked at twice. By its route, here: whether any role of the person who asks reads this resource for
its organisation; if none does, it gets what everybody gets, or `RoleMissing` where that is nothing. By each thing
it finds, where the thing is read: whether the organisation that asks stands in a relation to it that may
(`Reader.may_read`). The cell of the table is what both let through. Programs have scopes in the place of roles
(`machines.scopes`); users of the Handle API, who have a password or a key of a record, read handles alone. Writing is a signed entry, whose rule judges author, role and organisation at its index.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal, get_args

from tallystick.identity import Role
from tallystick.ledger import Reader, TallystickError, public_reader

Verb = Literal["read", "list", "search", "count", "export"]
verbs: tuple[Verb, ...] = get_args(Verb)
#: What the organisation that asks is to a thing. `own`: its own; `party`: counterparty of it; `sharing` and
#: `remit`: it was given it, and that holds; `ended`: it does not any more; `same-role`: another organisation in
#: the same capacity; `suspended`: its own, while it is suspended. `nobody`: no organisation asks.
Relation = Literal[
    "own", "party", "sharing", "remit", "ended", "same-role", "other", "suspended", "nobody"
]
relations: tuple[Relation, ...] = get_args(Relation)
roles: tuple[Role, ...] = get_args(Role)
Roles = frozenset[str]
#: The one resource that users of the Handle API read for their organisation, as a program does.
user_reads = "identity"
#: In the place of a role, of whoever asks without a person.
program = "program"
_everybody: Roles = frozenset(roles)
#: Administrators look after people, keys and things with names; the business is not theirs to read (三员分立).
_business: Roles = frozenset({"maker", "checker", "finance", "reader"})
_goods: Roles = _business | {"warehouse"}
_names: Roles = _goods | {"administrator", "security-administrator"}
_keepers: Roles = frozenset({"administrator", "security-administrator", "warehouse"})
_officers: Roles = frozenset({"administrator", "security-administrator"})
_record: Roles = _business | {"audit-administrator"}
_watchers: Roles = frozenset(
    {"administrator", "security-administrator", "audit-administrator", "checker"}
)


@dataclass(frozen=True, slots=True)
class Resource:
    """What routes show. `open`: part of it is public; roles narrow what is not.

    `part`: whose scopes programs need; None: things of all parts, `nobody`: nothing of anybody's. `related`: by
    verb; what others let one read is read, listed and exported, and neither searched nor counted.
    """

    name: str
    what: str
    part: str | None
    read_by: Roles
    open: bool
    related: Mapping[Verb, frozenset[Relation]]


_mine: frozenset[Relation] = frozenset({"own", "party", "suspended"})
_given: frozenset[Relation] = frozenset({"sharing", "remit"})
_shared: Mapping[Verb, frozenset[Relation]] = {
    verb: _mine if verb in ("search", "count") else _mine | _given for verb in verbs
}
#: Of others only what they gave: there is no counterparty.
_lent: Mapping[Verb, frozenset[Relation]] = {
    verb: found - {"party"} for verb, found in _shared.items()
}
_sides: Mapping[Verb, frozenset[Relation]] = dict.fromkeys(verbs, _mine)
_owners: Mapping[Verb, frozenset[Relation]] = {
    verb: frozenset({"own", "suspended"}) for verb in verbs
}
resources: Mapping[str, Resource] = {
    one.name: one
    for one in (
        Resource("public", "what everybody may see: health, keys, schemes, verifier", "nobody", _everybody, True, _shared),
        Resource("ledger", "entries, bodies, attachments, tiles, proofs, receipts", "ledger", _record, True, _shared),
        Resource("identity", "handles, names, records, templates, prefixes, links", "identity", _names, True, _shared),
        Resource("people", "people of an organisation, and its acts of two persons", "identity", _everybody, False, _owners),
        Resource("goods", "items, lots, events, handovers, recalls", "trace", _goods, True, _shared),
        Resource("money", "trade documents, certificates, offers, quotes, payments", "finance", _business, False, _shared),
        Resource("accounts", "bank accounts of an organisation, and where it is paid", "finance", _business | _officers, False, _sides),
        Resource("policies", "standing policies, which any officer stops, and conditions of issue", "finance", _business | _officers, False, _sides),
        Resource("tenders", "tenders and sealed bids, for the holder and the funders that it asked", "finance", _business, False, _sides),
        Resource("guarantees", "guarantees, for applicant, beneficiary and bank", "finance", _business, False, _sides),
        Resource("insurance", "covers and claims, for insurer and insured; notices, also for the debtor", "finance", _business, False, _sides),
        Resource("limits", "limits of an organisation, and what is used and reserved under them", "finance", _business | _officers, False, _owners),
        Resource("equality", "daily equality of ledger, bank and register, of a bank its own part", "finance", _business | _record | _officers, False, _owners),
        Resource("advances", "order financing, for borrower and funder, and for suppliers that are paid", "finance", _business, False, _sides),
        Resource("papers", "qualification certificates and material declarations of suppliers", "identity", _business, False, _shared),
        Resource("sharing", "what an organisation lets others read, and what it was given", "identity", _names | _record, False, _sides),
        Resource("devices", "devices of an organisation, invitations, requests that wait", "identity", _keepers, False, _lent),
        Resource("organisations", "who takes part, papers, holds and history; notices of incidents", "identity", _everybody, True, _owners),
        Resource("applications", "organisations that apply to a node, their papers", "identity", _officers, False, _owners),
        Resource("webhooks", "addresses at which an organisation is told of its entries, and what was sent", "ledger", _officers, False, _owners),
        Resource("reads", "who looked at an organisation's things", "ledger", _watchers, False, _owners),
        Resource("pages", "pages that join several of these, each cut for its reader", None, _goods, True, _shared),
    )
}  # fmt: skip
#: Beginnings of routes as they are declared; the longest that fits counts.
of_route: Mapping[str, str] = {
    "/openapi.json": "public", "/docs": "public", "/redoc": "public", "/static": "public", "/healthz": "public",
    "/readyz": "public", "/metrics": "public", "/.well-known": "public", "/oauth": "public", "/verify": "public",
    "/v1/schemes": "public", "/v1/login": "public", "/login": "public", "/logout": "public", "/v1/played": "public",
    "/v1/drafts": "public", "/v1/handovers": "public", "/sign": "public",
    "/find": "public", "/api/sessions": "public",
    "/v1/entries": "ledger", "/v1/receipts": "ledger", "/v1/erasures": "ledger", "/log": "ledger",
    "/v1/bundles/entries": "ledger",
    "/api/handles": "identity", "/api/prefixes": "identity", "/api/names": "identity", "/hrls": "identity",
    "/v1/records": "identity", "/v1/handles": "identity", "/v1/contests": "identity", "/v1/contents": "identity",
    "/v1/templates": "identity", "/{key}": "identity", "/{compressed}": "identity",
    "/p": "identity", "/v1/batches": "identity",
    "/v1/people": "people", "/v1/pending": "people", "/v1/invitations": "people", "/v1/rotations": "people", "/members": "people",
    "/pending": "people", "/v1/notices": "public", "/notices": "public", "/keys": "public", "/join": "public",
    "/v1/devices": "devices", "/devices": "devices", "/scan": "public",
    "/applications": "applications", "/apply": "public",
    "/incidents": "organisations", "/v1/organisations": "organisations", "/organisations": "organisations", "/v1/incidents": "organisations",
    "/v1/applications": "applications", "/v1/applications/terms": "public", "/v1/applications/{number}/own": "public",
    "/v1/keys": "identity", "/v1/status-lists": "public",
    "/v1/credentials": "papers", "/v1/presentations": "papers", "/v1/qualifications": "papers", "/qualifications": "papers", "/v1/reminders": "papers",
    "/v1/sharing": "sharing", "/sharing": "sharing", "/remits": "sharing",
    "/trace": "goods", "/epcis/validate": "public", "/v1/bundles/items": "goods",
    "/v1/calendars": "public", "/calendars": "public", "/freezes": "public", "/finance/v1/freezes/count": "public", "/v1/accounts": "accounts", "/accounts": "accounts",
    "/finance": "money", "/v1/documents": "money", "/documents": "money", "/flows": "money", "/v1/bundles/certificates": "money", "/certificates": "money", "/confirmations": "money", "/matching": "money", "/policies": "policies",
    "/finance/v1/policies": "policies", "/finance/v1/conditions": "policies",
    "/statements": "money", "/subcontracts": "money", "/maturity": "money",
    "/reads": "reads", "/grades": "people", "/v1/reads": "reads", "/webhooks": "webhooks", "/v1/webhooks": "webhooks",
    "/finance/v1/tenders": "tenders", "/tenders": "tenders",
    "/finance/v1/guarantees": "guarantees", "/guarantees": "guarantees",
    "/finance/v1/insurance": "insurance", "/insurance": "insurance",
    "/finance/v1/limits": "limits", "/limits": "limits",
    "/finance/v1/equality": "equality", "/equality": "equality",
    "/finance/v1/facilities": "advances", "/finance/v1/advances": "advances", "/facilities": "advances",
    "/": "pages", "/t": "pages",
}  # fmt: skip


#: Beginnings of routes that do another thing than reading one (`{` in them) or listing many; the longest counts.
_verbs: Mapping[str, Verb] = {
    "/v1/records": "search", "/v1/records/{handle}": "read", "/api/handles": "search",
    "/api/handles/{handle}": "read", "/p/{prefix}": "search", "/api/prefixes/{prefix}/statistics": "count",
    "/v1/bundles": "export", "/v1/records/{handle}/proof": "export", "/log/stretch/{first}": "export", "/log/tile/entries": "export",
    "/v1/batches/{prefix}/{batch}/leaves": "export",
}  # fmt: skip
#: More than there are declared.
routes_max = 2048
_converter = re.compile(r":[a-z0-9]+\}")


class RoleMissing(TallystickError):
    code = "role-missing"
    status = 403
    title = "None of your roles may do this"
    advice = "Ask an officer of your organisation, or somebody who has the role."


class RouteUnknown(LookupError):
    """A route that stands in no line of the table: a mistake of ours, found by a test."""


@lru_cache(maxsize=routes_max)
def resource_of(path: str) -> Resource:
    """The resource of a declared route, with the converters of its parameters or without; raises `RouteUnknown`."""
    plain = _converter.sub("}", path)
    fitting = (one for one in of_route if _begins(plain, one))
    found = max(fitting, key=len, default=None)
    if found is None:
        raise RouteUnknown(path)
    return resources[of_route[found]]


@cache
def said_by() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Who may say entries: by type, relation to the organisation that says one, and as what.

    Not a second judge: the rules judge, and a test tries everybody and compares.
    """
    told = files("tallystick.app").joinpath("said_by.json").read_bytes()
    found: dict[str, dict[str, list[str]]] = json.loads(told)
    return found


def verb_of(path: str) -> Verb:
    """What a route that is read does, by how it was declared."""
    plain = _converter.sub("}", path)
    named = max((one for one in _verbs if _begins(plain, one)), key=len, default=None)
    if named is not None:
        return _verbs[named]
    return "read" if "{" in plain else "list"


def admits(path: str) -> frozenset[str]:
    """By what others' things are read by this route: `sharing`, `remit`, both, or neither."""
    try:
        resource = resource_of(path)
    except RouteUnknown:
        return frozenset()
    return frozenset(resource.related[verb_of(path)] & _given)


def may(role: str, relation: Relation, resource: Resource, verb: Verb = "read") -> bool:
    """One cell of the table for what is not public."""
    return role in resource.read_by and relation in resource.related[verb]


def user_reader(path: str, own: Reader) -> Reader:
    """As whom a user of the Handle API reads by a route: records for its organisation, all else as everybody.

    Raises `RoleMissing`, or `RouteUnknown`.
    """
    resource = resource_of(path)
    if resource.name == user_reads:
        return own
    if not resource.open:
        raise RoleMissing(resource.name)
    return public_reader


def reader_of(path: str, has: Iterable[str], own: Reader) -> Reader:
    """As whom a person with these roles reads by a route: for its organisation, or as everybody.

    Raises `RoleMissing`, or `RouteUnknown`.
    """
    resource = resource_of(path)
    if resource.read_by.intersection(has):
        return own
    if not resource.open:
        raise RoleMissing(resource.name)
    return public_reader


#: As part of which resource things of a kind that can be shared are read.
of_kind: Mapping[str, str] = {
    "items": "goods",
    "documents": "money",
    "certificates": "money",
    "devices": "devices",
    "credentials": "papers",
    "records": "identity",
}


def kinds_seen(has: Iterable[str]) -> frozenset[str]:
    """Kinds of thing of which one of these roles may know what there is."""
    own = frozenset(has)
    return frozenset(kind for kind, name in of_kind.items() if resources[name].read_by & own)


def kinds_of_parts(scopes: Iterable[str]) -> frozenset[str]:
    """Those whose part a program with these scopes reads."""
    own = frozenset(scopes)
    return frozenset(
        kind for kind, name in of_kind.items() if f"{resources[name].part}:read" in own
    )


def table() -> list[dict[str, str]]:
    """The whole matrix as rows of words, for the reference."""
    return [
        {
            "resource": resource.name,
            "what": resource.what,
            "role": role,
            **{relation: cell(role, relation, resource) for relation in relations},
        }
        for resource in resources.values()
        for role in roles
    ]


def cell(role: str, relation: Relation, resource: Resource) -> str:
    """`all`, the verbs that get all, `public` or nothing."""
    found = [verb for verb in verbs if may(role, relation, resource, verb)]
    if found:
        return "all" if len(found) == len(verbs) else " ".join(found)
    return "public" if resource.open else "\u2013"


def _begins(path: str, beginning: str) -> bool:
    if beginning == "/":
        return path == "/"
    return path == beginning or path.startswith((f"{beginning}/", f"{beginning}:"))
