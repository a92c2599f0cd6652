"""Rules of devices: enrolled by an administrator of their organisation, placed, calibrated, retired.

An enrolment makes device and key at once. The person who approves signs it with a key that no node holds, and so does
the new key: neither a node nor an administrator alone can make a device of a key that somebody else has. Its key signs
what its class may say, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from tallystick.identity import codes, directory, key_rules, names, versioned
from tallystick.identity.bodies import AddKey
from tallystick.identity.devices.bodies import (
    CalibrateDevice,
    DropFactory,
    EnrolDevice,
    FactoryIdentity,
    ListFactory,
    PlaceDevice,
    RetireDevice,
)
from tallystick.identity.devices.classes import classes
from tallystick.identity.devices.keys import end_keys
from tallystick.identity.devices.who import require_approver, require_keeper
from tallystick.identity.directory import AlreadyRegistered, NotEntitled, UnknownParty
from tallystick.identity.registering import new_party
from tallystick.identity.registrars import require_registrar
from tallystick.ledger import Act, Change, Effects, Overlay, RuleError, State

place_kind, calibration_kind = "device-place", "device-calibration"
factory_kind, identity_kind = "device-factory", "device-identity"


class DeviceRefused(RuleError):
    code = "device-refused"
    title = "This cannot be said of this device"
    advice = "Look at what the device's page says of it now, and correct what is named."


def enrol(state: State, act: Act[EnrolDevice]) -> Effects:
    body = act.body
    require_approver(state, act.author, body.organisation)
    if not directory.holds_handle(state, body.organisation, body.device):
        raise NotEntitled(f"{body.organisation} does not hold the prefix of {body.device}")
    if names.key_owner(body.key) != body.device:
        raise DeviceRefused(f"{body.key} is no key reference of {body.device}")
    row: dict[str, Any] = {
        "organisation": body.organisation,
        "purpose": body.purpose,
        "since": act.index,
    }
    changes = [new_party(state, act, "device", body.device)]
    if body.replaces is not None:
        changes += _replaced(state, act, body.replaces)
        row["replaces"] = body.replaces
    if body.factory is not None:
        changes += _proven(state, act, body.factory)
        row["factory"] = body.factory.model_dump(mode="json", exclude={"chain"})
    changes.append(Change("device", body.device, row))
    return [*changes, *_key(state, act, changes)]


def retire(state: State, act: Act[RetireDevice]) -> Effects:
    body = act.body
    row = require_device(state, body.device)
    require_registrar(state, act, row["organisation"], "")
    _require_in_use(body.device, row)
    told: dict[str, Any] = {"index": act.index, "reason": body.reason}
    gone = Change("device", body.device, {**row, "retired": told})
    return [gone, *end_keys(state, act.index, body.device, body.reason, body.suspect_from)]


def place(state: State, act: Act[PlaceDevice]) -> Effects:
    body = act.body
    row = require_device(state, body.device)
    require_keeper(state, act.author, row["organisation"])
    _require_in_use(body.device, row)
    if body.place is not None:
        _check_place(body.place)
    told = {} if body.place is None else {"place": body.place}
    return versioned.written(state, act, place_kind, body.device, told)


def calibrate(state: State, act: Act[CalibrateDevice]) -> Effects:
    body = act.body
    row = require_device(state, body.device)
    require_keeper(state, act.author, row["organisation"])
    _require_in_use(body.device, row)
    if body.valid_until <= body.valid_from:
        raise DeviceRefused(f"it ends {body.valid_until}, before it begins")
    told = body.model_dump(mode="json", exclude={"device"}, exclude_none=True)
    return versioned.written(state, act, calibration_kind, body.device, told)


def list_factory(state: State, act: Act[ListFactory]) -> Effects:
    body = act.body
    require_approver(state, act.author, body.organisation)
    found = state.get(factory_kind, body.organisation, body.ca)
    if found is not None and "until" not in found:
        raise AlreadyRegistered(f"factory {body.ca}")
    row: dict[str, Any] = {"name": body.name, "since": act.index}
    return [Change(factory_kind, body.organisation, row, body.ca)]


def drop_factory(state: State, act: Act[DropFactory]) -> Effects:
    body = act.body
    require_approver(state, act.author, body.organisation)
    row = _listed(state, body.organisation, body.ca)
    return [Change(factory_kind, body.organisation, {**row, "until": act.index}, body.ca)]


def require_device(state: State, device: str) -> Mapping[str, Any]:
    """Its document; raises `UnknownParty`."""
    row = state.get("device", device)
    if row is None:
        raise UnknownParty(device)
    return cast(Mapping[str, Any], row)


def _key(state: State, act: Act[EnrolDevice], changes: list[Change]) -> Effects:
    """The device's first key, by the rule of any key: the device stands in the state already."""
    body = act.body
    with_device = Overlay(state)
    with_device.apply(changes)
    key = AddKey(
        key=body.key, jwk=body.jwk, custody=body.custody, types=classes[body.purpose].types
    )
    return key_rules.add_key(with_device, replace(cast(Act[Any], act), body=key))


def _replaced(state: State, act: Act[EnrolDevice], old: str) -> list[Change]:
    """The old device says nothing more; its stream ends where it is, and the new one begins its own."""
    body = act.body
    row = require_device(state, old)
    _require_in_use(old, row)
    if row["organisation"] != body.organisation or row["purpose"] != body.purpose:
        raise DeviceRefused(f"{old} is no {body.purpose} of {body.organisation}")
    gone = {**row, "replaced": {"by": body.device, "index": act.index}}
    return [Change("device", old, gone), *end_keys(state, act.index, old, "replaced")]


def _proven(state: State, act: Act[EnrolDevice], factory: FactoryIdentity) -> list[Change]:
    """One serial number of a factory stands for one device in use: a second one shows that somebody copied it.

    Not the certificate's digest: there are several encodings of one signature, and so of one certificate.
    """
    if factory.chain.grade != "restricted":
        raise DeviceRefused("the chain names a serial number: its grade is restricted")
    _listed(state, act.body.organisation, factory.ca)
    taken = state.get(identity_kind, factory.serial)
    if taken is not None:
        holder = cast(str, taken["device"])
        row = require_device(state, holder)
        if holder != act.body.replaces and not {"retired", "replaced"} & row.keys():
            raise AlreadyRegistered(f"the factory identity of {holder}")
    return [Change(identity_kind, factory.serial, {"device": act.body.device})]


def _listed(state: State, organisation: str, ca: str) -> Mapping[str, Any]:
    row = state.get(factory_kind, organisation, ca)
    if row is None or "until" in row:
        raise DeviceRefused(f"{organisation} does not list the factory {ca}")
    return cast(Mapping[str, Any], row)


def _require_in_use(device: str, row: Mapping[str, Any]) -> None:
    if "retired" in row:
        raise DeviceRefused(f"{device} was retired by entry {row['retired']['index']}")
    if "replaced" in row:
        raise DeviceRefused(f"{device} was replaced by {row['replaced']['by']}")


def _check_place(place: str) -> None:
    """Raises `HandleRefused`, `CodeRefused` or `CodeNotCanonical`."""
    if place.isascii() and place.isdigit():
        codes.canonical("gln", place)
    else:
        names.split(place)
