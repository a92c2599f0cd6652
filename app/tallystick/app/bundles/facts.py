"""What the entries of a bundle say, as statements look it up: bodies by type, by hash, and who speaks for whom."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TypeVar

from pydantic import ValidationError

from tallystick.app.bundles.proposed import Admitted, approved
from tallystick.app.bundles.signers import Signers
from tallystick.identity import AddDevice, AddPerson, devices
from tallystick.ledger import Body, heads
from tallystick.ledger.bundle import Bundle, HeldEntry, HeldHead, errors

B = TypeVar("B", bound=Body)
certificate_head, line_head, handle_head = "certificate", "invoice line", "handle"
add_person, add_device = "identity.person.add/1", "identity.device.add/1"


def require_named(kind: str, name: str) -> None:
    """Raises `ClaimMisnamed`."""
    try:
        heads.require_name(kind, name)
    except heads.HeadNameRefused as error:
        raise errors.ClaimMisnamed(error.detail) from None


class Facts:
    """A bundle whose signatures are verified."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.signers = Signers(bundle)
        self._bodies: dict[int, Body | None] = {}

    @property
    def end(self) -> int:
        """Index of the last block: up to it heads are complete."""
        return self.bundle.end

    def entry(self, index: int) -> HeldEntry:
        """Raises `BundleEntryMissing`."""
        held = self.bundle.entries.get(index)
        if held is None:
            raise errors.BundleEntryMissing(f"entry {index}")
        return held

    def head(self, kind: str, name: str) -> HeldHead | None:
        return self.bundle.heads.get((kind, name))

    def required_head(self, kind: str, name: str) -> HeldHead:
        """Raises `HeadMissing`."""
        head = self.head(kind, name)
        if head is None:
            raise errors.HeadMissing(f"{kind} {name}")
        return head

    def claimed_head(self, kind: str, name: str) -> HeldHead:
        """Of what may be absent: of a name written otherwise that proves nothing.

        Raises `ClaimMisnamed` or `HeadMissing`.
        """
        require_named(kind, name)
        return self.required_head(kind, name)

    def require_bodies(self, head: HeldHead) -> None:
        """Of all entries that a head lists. Raises `BundleEntryMissing`."""
        for index in head.indexes:
            if self.entry(index).body is None:
                raise errors.BundleEntryMissing(f"the body of entry {index}")

    def body(self, held: HeldEntry, entry_type: str, model: type[B]) -> B | None:
        """The body, if the entry is of this type and shows it in its form."""
        if held.entry.type != entry_type or held.body is None:
            return None
        if held.index not in self._bodies:
            # A bundle may ask for a thousand statements, each of which looks through all bodies.
            self._bodies[held.index] = _read(held.body, model)
        found = self._bodies[held.index]
        return found if isinstance(found, model) else None

    def named(
        self, payload_hash: str, entry_type: str, model: type[B]
    ) -> tuple[HeldEntry, B] | None:
        """The entry of this type that a hash names."""
        held = self.bundle.by_payload.get(payload_hash)
        body = None if held is None else self.body(held, entry_type, model)
        return None if held is None or body is None else (held, body)

    def shown(self) -> Iterator[HeldEntry]:
        """Entries with their body, by ascending index."""
        for index in sorted(self.bundle.entries):
            held = self.bundle.entries[index]
            if held.body is not None:
                yield held

    def applied(self) -> Iterator[HeldEntry]:
        """Those of them that the log took into effect."""
        return (held for held in self.shown() if self.bundle.applied(held))

    def organisation(self, handle: str) -> str:
        """The organisation of a person or device; any other handle speaks for itself."""
        return self._organisations.get(handle, handle)

    def acting(self, person: str) -> str:
        """The organisation of somebody who acts on certificates, which persons do. Raises `BundleEntryMissing`."""
        found = self._organisations.get(person)
        if found is None:
            raise errors.BundleEntryMissing(f"the registration of {person}")
        return found

    @cached_property
    def _organisations(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for index in sorted(self.bundle.entries):
            held = self.bundle.entries[index]
            if self.bundle.applied(held):
                for handle, organisation in self._registered(held):
                    found.setdefault(handle, organisation)
        return found

    def _registered(self, held: HeldEntry) -> Iterator[tuple[str, str]]:
        """Persons and devices that an applied entry registers, with their organisation."""
        person = self.body(held, add_person, AddPerson)
        device = self.body(held, add_device, AddDevice) or self.body(
            held, devices.enrol_type, devices.EnrolDevice
        )
        if person is not None:
            yield person.person, person.organisation
        elif device is not None:
            yield device.device, device.organisation
        else:
            what = approved(self.bundle, held)
            if isinstance(what, Admitted):
                yield from ((one.person, what.organisation) for one in what.people)


def _read(body: bytes, model: type[B]) -> B | None:
    try:
        return model.model_validate_json(body)
    except ValidationError:
        return None
