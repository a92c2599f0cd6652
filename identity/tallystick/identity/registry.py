"""Identity's entry types and kinds of document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from tallystick.identity import (
    bodies,
    claims,
    contents,
    directory,
    governed,
    handles,
    key_rules,
    names,
    parties,
    records,
    relations,
    searching,
)
from tallystick.identity.credentials import register as register_credentials
from tallystick.identity.devices.registering import register as register_devices
from tallystick.identity.digital_link.naming import stated_index, stated_keys
from tallystick.identity.grades import of_fields
from tallystick.identity.keys import kinds as key_kinds
from tallystick.identity.logins import kinds as login_kinds
from tallystick.identity.minting import types as minting
from tallystick.identity.organisations import kinds as organisation_kinds
from tallystick.identity.people import kinds as people_kinds
from tallystick.identity.people import members
from tallystick.identity.prefixes import kinds as prefix_kinds
from tallystick.identity.sharing import register as register_sharing
from tallystick.identity.templates import by_template, checks, records_by_template
from tallystick.identity.templates import register as register_templates
from tallystick.ledger import (
    Act,
    Document,
    EntryType,
    HeadName,
    HeadNames,
    Kind,
    PublicKey,
    Rule,
    RuleSet,
    State,
    everybody,
    genesis_type,
    governance,
    graded,
)


def _by_organisation(_name: str, _part: str, value: Document) -> Iterable[str]:
    return [cast(str, value["organisation"])]


def _by_owner(_name: str, _part: str, value: Document) -> Iterable[str]:
    return [cast(str, value["owner"])]


def _by_holder(_name: str, _part: str, value: Document) -> Iterable[str]:
    return [cast(str, value["holder"])]


def _by_node(_name: str, _part: str, value: Document) -> Iterable[str]:
    return [cast(str, value["node"])]


def _introduces(body: bodies.AddKey) -> Mapping[str, PublicKey]:
    return {body.key: body.public_key()}


def _created(body: bodies.CreateHandles) -> Iterable[tuple[str, str]]:
    for record in body.handles:
        folded = names.fold(record.handle)
        yield from (("handle", folded), ("party", folded))
        if record.template is not None:
            yield ("template", names.fold(names.key_owner(record.template)))
        yield from minting.reads_of_created(record.handle)


def _type(name: str, body: type[Any], rule: Rule, summary: str, **more: Any) -> EntryType:
    return EntryType(
        f"identity.{name}/1", body, rule, summary, **{"data": graded("identity", "public"), **more}
    )


def _record_readers(state: State, act: Act[Any]) -> Iterable[str]:
    """Everybody, if every value is public; else the organisation alone."""
    written = getattr(act.body, "handles", (act.body,))
    if all(_is_open(state, record) for record in written):
        return (everybody,)
    return (directory.speaker(state, act.author).organisation,)


def _is_open(state: State, record: bodies.HandleRecord | bodies.WriteHandle) -> bool:
    """Whether everybody may read what is written, by the values themselves and by their template."""
    reference = record.template
    if reference is None and isinstance(record, bodies.WriteHandle):
        row = records.find(state, record.handle)
        reference = cast(str | None, row.get("template")) if row else None
    return checks.is_open(state, reference, record.values)


def _own_readers(state: State, act: Act[Any]) -> Iterable[str]:
    return (directory.speaker(state, act.author).organisation,)


def _by_number(_name: str, _part: str, document: Document) -> Iterable[str]:
    """By its number in a public register, or the code that a placeholder states."""
    said = document.get("number") or document.get("code")
    return (str(said).upper(),) if said else ()


def _own_head(kind: str) -> HeadNames:
    """A document's name is its name in the map of heads."""

    def heads(name: str, _part: str, _document: Document | None) -> Iterable[HeadName]:
        return ((kind, name),)

    return heads


def _key_head(owner: str, index: str, _document: Document | None) -> Iterable[HeadName]:
    """A key is named by its reference."""
    return (("key", f"{index}:{owner}"),)


def _prefix_head(prefix: str, _part: str, _document: Document | None) -> Iterable[HeadName]:
    """A prefix's own record is a handle (formats §1)."""
    return (("handle", f"0.NA/{prefix}"),)


def _speaks_for(state: State, handle: str) -> str:
    """The organisation of a person or device; the handle itself if it is none of anybody."""
    try:
        return directory.speaker(state, handle).organisation
    except directory.UnknownParty:
        return handle


def _disposes(state: State, handle: str) -> bool:
    """Not a device but a service, nor a person who only works in a warehouse or reads."""
    try:
        who = directory.speaker(state, handle)
    except directory.UnknownParty:
        return True
    if who.kind == "device":
        return _is_service(state, handle)
    return who.kind == "organisation" or bool(who.roles - {"warehouse", "reader"})


def _keeps(state: State, handle: str) -> bool:
    """The organisation itself, its software, and its administrators of system, security and audit."""
    try:
        who = directory.speaker(state, handle)
    except directory.UnknownParty:
        return True
    if who.kind == "device":
        return _is_service(state, handle)
    return who.kind == "organisation" or bool(who.roles & members.administrators)


def _is_service(state: State, device: str) -> bool:
    found = state.get("device", device)
    return found is not None and found.get("purpose") == "service"


def register(rule_set: RuleSet) -> None:
    """Add identity's kinds and types, and its part in genesis."""
    rule_set.speaks_for = _speaks_for
    rule_set.disposes = _disposes
    rule_set.keeps = _keeps
    rule_set.add_kinds(
        Kind(
            "organisation",
            {
                "organisation-by-node": _by_node,
                "organisation-by-number": _by_number,
                **organisation_kinds.indexes,
            },
            heads=_own_head("organisation"),
        ),
        Kind("device", {"device-by-organisation": _by_organisation}),
        Kind("prefix", {"prefix-by-holder": _by_holder}, heads=_prefix_head),
        Kind("prefix-past"),
        Kind("key", heads=_key_head),
        Kind("public-key"),
        Kind("grant"),
        Kind("party"),
        Kind(
            "handle",
            {
                "handle-by-owner": _by_owner,
                stated_index: stated_keys,
                searching.by_value_index: searching.by_value,
                searching.by_prefix_index: searching.by_prefix,
                by_template: records_by_template,
            },
            heads=_own_head("handle"),
        ),
        Kind("handle-past"),
    )
    people_kinds.register(rule_set)
    login_kinds.register(rule_set)
    organisation_kinds.register(rule_set)
    claims.register(rule_set)
    relations.register(rule_set)
    contents.register(rule_set)
    prefix_kinds.register(rule_set)
    minting.register(rule_set)
    rule_set.follow(genesis_type, parties.genesis)
    rule_set.follow(governance.policy_type, governed.policy)
    rule_set.follow(governance.epoch_type, governed.epoch)
    rule_set.add(
        _type(
            "organisation.register",
            bodies.RegisterOrganisation,
            parties.register_organisation,
            "A node registers an organisation with its checked number",
        ),
        _type(
            "placeholder.add",
            bodies.AddPlaceholder,
            parties.add_placeholder,
            "A counterparty known from documents only: unverified, without keys",
            parties=_own_readers,
            data=graded("identity", "partner"),
        ),
        _type(
            "prefix.delegate",
            bodies.DelegatePrefix,
            parties.delegate_prefix,
            "The holder of a prefix gives a child of it to an organisation",
        ),
        _type(
            "device.add",
            bodies.AddDevice,
            parties.add_device,
            "A scanner, gateway, printer or service of an organisation",
        ),
        _type(
            "key.add",
            bodies.AddKey,
            key_rules.add_key,
            "A public key, registered once for ever; the new key signs too",
            introduces=_introduces,
            own_key=True,
        ),
        _type(
            "key.revoke",
            bodies.RevokeKey,
            key_rules.revoke_key,
            "A key is not valid from the next index on",
            own_key=True,
        ),
        _type(
            "grant",
            bodies.Grant,
            key_rules.grant,
            "The author lets another handle sign for it",
            own_key=True,
        ),
        _type(
            "handle.create",
            bodies.CreateHandles,
            handles.create_handles,
            "New handle records for parts, batches or devices",
            reads=_created,
            parties=_record_readers,
            within=of_fields.within,
            data=graded("identity", "partner"),
        ),
        _type(
            "handle.write",
            bodies.WriteHandle,
            handles.write_handle,
            "Set or remove values of a handle record",
            parties=_record_readers,
            within=of_fields.within,
            data=graded("identity", "partner"),
        ),
        _type(
            "handle.delete",
            bodies.DeleteHandle,
            handles.delete_handle,
            "A handle resolves to nothing from now on; its history stays",
        ),
        _type(
            "handle.renew",
            bodies.RenewHandle,
            handles.renew_handle,
            "The holder of the prefix registers a deleted handle again, as the next version of its record",
            parties=_record_readers,
            within=of_fields.within,
            data=graded("identity", "partner"),
        ),
    )
    register_templates(rule_set)
    key_kinds.register(rule_set)
    register_credentials(rule_set)
    register_devices(rule_set)
    register_sharing(rule_set)
