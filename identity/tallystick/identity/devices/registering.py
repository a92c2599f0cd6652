"""Entry types and kinds of document about devices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

from tallystick.identity import names
from tallystick.identity.devices import bodies, clones, factory, rules
from tallystick.ledger import (
    AttachmentRef,
    Document,
    EntryType,
    Kind,
    Mark,
    PublicKey,
    RuleSet,
    graded,
    keys,
)

enrol_type = "identity.device.enrol/1"
retire_type = "identity.device.retire/1"
place_type = "identity.device.place/1"
calibrate_type = "identity.device.calibrate/1"
list_factory_type = "identity.factory.list/1"
drop_factory_type = "identity.factory.drop/1"

enrol_data = graded("identity", "public", attachments=Mark("identity", "restricted"))


def register(rule_set: RuleSet) -> None:
    """Add what is about devices; the kind `device` itself stands with identity's."""
    rule_set.add_kinds(
        *(
            Kind(f"{kind}{past}")
            for kind in (rules.place_kind, rules.calibration_kind)
            for past in ("", "-past")
        ),
        Kind(rules.factory_kind),
        Kind(rules.identity_kind, {"device-by-identity": _by_device}),
    )
    rule_set.add(
        EntryType(
            enrol_type,
            bodies.EnrolDevice,
            rules.enrol,
            "A device of an organisation and its first key; an administrator and the new key sign",
            introduces=_introduces,
            reads=_reads,
            own_key=True,
            attachments=_attached,
            admit=_admit,
            data=enrol_data,
        ),
        EntryType(
            retire_type,
            bodies.RetireDevice,
            rules.retire,
            "None of a device's keys is valid from the next index on",
            own_key=True,
            data=graded("identity", "public"),
        ),
        EntryType(
            clones.suspend_type,
            bodies.SuspendDevice,
            clones.suspend,
            "Two envelopes show that a device's key is in two hands, and stop it",
            data=graded("identity", "public"),
        ),
        EntryType(
            place_type,
            bodies.PlaceDevice,
            rules.place,
            "Where a device stands from now on",
            data=graded("sensor", "public"),
        ),
        EntryType(
            calibrate_type,
            bodies.CalibrateDevice,
            rules.calibrate,
            "From when until when a device is calibrated",
            data=graded("sensor", "public"),
        ),
        EntryType(
            list_factory_type,
            bodies.ListFactory,
            rules.list_factory,
            "A factory whose certificates prove devices of an organisation",
            own_key=True,
            data=graded("identity", "public"),
        ),
        EntryType(
            drop_factory_type,
            bodies.DropFactory,
            rules.drop_factory,
            "A factory's certificates prove no more devices of an organisation",
            own_key=True,
            data=graded("identity", "public"),
        ),
    )


def _introduces(body: bodies.EnrolDevice) -> dict[str, PublicKey]:
    return {body.key: PublicKey.from_jwk(body.jwk)}


def _reads(body: bodies.EnrolDevice) -> Iterable[tuple[str, str]]:
    folded = names.fold(body.device)
    yield from (("party", folded), ("handle", folded), ("organisation", body.device))
    yield from (("person", body.device), ("device", body.device), ("key", body.device))
    try:
        yield ("public-key", PublicKey.from_jwk(body.jwk).fingerprint())
    except keys.KeyRefused:
        return


def _attached(body: bodies.EnrolDevice) -> Iterable[AttachmentRef]:
    return () if body.factory is None else (body.factory.chain,)


def _admit(body: bodies.EnrolDevice, data: Mapping[str, bytes]) -> None:
    """Raises `FactoryRefused` unless the chain shows what the body says."""
    told = body.factory
    if told is None:
        return
    shown = factory.examine(data[told.chain.hash], body.jwk)
    if (shown.ca, shown.certificate, shown.serial) != (told.ca, told.certificate, told.serial):
        raise factory.FactoryRefused("it shows another device, or another factory, than the entry")


def _by_device(_name: str, _part: str, value: Document) -> Iterable[str]:
    return [cast(str, value["device"])]
