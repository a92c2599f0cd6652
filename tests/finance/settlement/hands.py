"""Everybody at the teller's desk with keys of their own, on a log where they are registered by those who may."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bench.pens import Pens, prepared, root
from tests.finance.desk import bank, checker, core, digest, maker, other_bank, supplier
from tests.finance.holdings.vault import node
from tests.finance.insurance.desk import friend, insurer

from tallystick.finance import accounts
from tallystick.identity import (
    AddDevice,
    AddPerson,
    CreateHandles,
    DelegatePrefix,
    FoundOrganisation,
    HandleRecord,
)
from tallystick.ledger import (
    Attachment,
    AttachmentRef,
    SetClock,
    StreamAuthor,
    Submission,
    canonical,
)
from tallystick.trace import Quantity, Reference
from tallystick.trace import builders as epcis

began = "2026-01-12T02:00:00.000Z"
firms = {
    core: "core", supplier: "supplier", friend: "supplier", bank: "bank", other_bank: "bank", insurer: "insurer",
}  # fmt: skip
place, device = "99.100.7", "99.100.7/SCAN-1"
gate = f"{place}/GATE-1"


class Hands(Pens):
    """The pens of everybody at the teller's desk."""

    def __init__(self, clock: SetClock) -> None:
        super().__init__(0, {}, clock)
        self._scanner = StreamAuthor(self.author(device))

    def founding(self) -> Iterator[list[Submission]]:
        first = DelegatePrefix(prefix="99.100", holder=node, role="secondary")
        yield [self._organisation(root, node, "node"), self._key(root, node)]
        yield [self.write(root, "identity.prefix.delegate/1", first)]
        for firm, capacity in firms.items():
            yield [self._organisation(node, firm, capacity), self._key(node, firm)]
            yield list(self._people(firm, officers=firm == friend))
        yield [self._delegate(place, core)]
        yield [
            self.write(core, "identity.device.add/1", AddDevice(device=device, organisation=core, purpose="scanner")),
            self._key(core, device, ("trace.capture/1",)),
            self.handle(gate),
        ]  # fmt: skip
        yield list(self._people(node, officers=True))

    def _delegate(self, name: str, holder: str) -> Submission:
        body = DelegatePrefix(prefix=name, holder=holder, role="enterprise")
        return self.write(node, "identity.prefix.delegate/1", body)

    def handle(self, name: str) -> Submission:
        body = CreateHandles(handles=(HandleRecord(handle=name, values=()),))
        return self.write(core, "identity.handle.create/1", body)

    def received(self, body: Any, time: str) -> list[Submission]:
        """A delivery as the scanner of the gate sees it: lots that come to be, and come in."""
        (event,) = body.events
        lots = [Quantity(lot=one.lot, quantity=one.quantity) for one in event.lots]
        references = [Reference(type=one.type, id=one.id) for one in event.references]
        events = [
            epcis.commissioning(lots=lots, time=time, read_point=gate),
            epcis.receiving(
                lots=lots, time=time, read_point=gate, references=references, source=event.source,
                destination=event.destination,
            ),
        ]  # fmt: skip
        scanned, attachments = prepared(events, self.random)
        said = self._scanner.write("trace.capture/1", scanned, attachments)
        return [*(self.handle(one.lot) for one in lots), said]

    def account(self) -> Submission:
        """The friend's, kept by the other bank."""
        number = f"9999{int(digest(friend)[:12], 16):015d}"
        data = canonical.encode({"holder": friend, "number": number})
        kept = Attachment(accounts.details_type, data, b"s" * 32, "restricted")
        ref = AttachmentRef(hash=kept.hash(), type=kept.type, size=len(data), grade="restricted")
        code = "99999990001"
        body = accounts.AccountRegister(
            organisation=friend, scheme="cnaps", bank_code=code + accounts.cnaps_check(code),
            bank=other_bank, country="CN", currency="CNY", tail=number[-4:], details=ref,
        )  # fmt: skip
        pen = self.author(maker(friend))
        return pen.write("finance.account.register/1", body, attachments=[kept])

    def _people(self, firm: str, *, officers: bool) -> Iterator[Submission]:
        roles = {maker(firm): "maker", checker(firm): "checker"}
        if officers:
            roles |= dict(
                zip(officers_of(firm), ("administrator", "security-administrator"), strict=True)
            )
        for person, role in roles.items():
            body = AddPerson(person=person, organisation=firm, roles=(role,))  # type: ignore[arg-type]
            yield self.write(firm, "identity.person.add/1", body)
            yield self._key(firm, person)
        if officers:
            yield self.write(
                firm, "identity.organisation.found/1", FoundOrganisation(organisation=firm)
            )


def officers_of(firm: str) -> tuple[str, str]:
    person = maker(firm)
    return f"{person}-A", f"{person}-B"
