"""Making a bundle: for each statement that is asked for, the entries and heads from which it follows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, cast

import orjson

import tallystick.finance as finance
import tallystick.trace as trace
from tallystick.app.access import Reading
from tallystick.app.bundles.facts import certificate_head, handle_head, line_head
from tallystick.app.bundles.gather import FieldsNotSigned, Gathering, NotYetFinal
from tallystick.app.bundles.issued import issue_index
from tallystick.app.bundles.records import pointers_for
from tallystick.app.bundles.replay import needed
from tallystick.identity import names
from tallystick.ledger import Disclosed, NotReadable, Reader, Snapshot, Thing
from tallystick.ledger.bundle import Manifest, Request, errors, layout, pack

history_page = 1000
#: The kind of document that an act answers, and the member of its body that names it by hash.
_answered: Mapping[str, tuple[str, str]] = {
    "finance.confirm.approve/1": ("proposal", "proposal"),
    "finance.transfer.accept/1": ("offer", "offer"),
    "finance.transfer.refuse/1": ("offer", "offer"),
    "finance.transfer.withdraw/1": ("offer", "offer"),
    "finance.quote.accept/1": ("quote", "quote"),
    "finance.disburse/1": ("quote", "quote"),
    "finance.disburse.return/1": ("quote", "quote"),
    # A quote may be an opened bid, whose terms are those of its tender.
    "finance.bid.open/1": ("tender", "tender"),
    "finance.recourse.receive/1": ("recourse", "demand"),
    "finance.insurance.paid/1": ("insurance-claim", "claim"),
    "finance.cancel.agree/1": ("cancellation", "cancellation"),
}


def make(
    snapshot: Snapshot,
    reader: Reader,
    requests: Sequence[Request],
    *,
    show: Sequence[str] = (),
    attachments: bool = False,
    replay: bool = False,
    anchored: bool = False,
) -> bytes:
    """The bundle's bytes.

    `anchored`: under the newest checkpoint that is on a chain. `show`: pointers of fields to show of the entries asked for, in place of their bodies. `replay`: with all
    that the rules read, which is found by a replay of the whole log. Raises
    `NotReadable` for what the reader may not see, and what `Gathering` raises.
    """
    gathering = Gathering(snapshot, reader, anchored=anchored)
    made = _Making(Reading(snapshot, reader), gathering, show, attachments)
    for request in requests:
        made.add(request)
    if replay:
        made.add_replay()
    return made.finish(requests)


def custody(reading: Reading, items: Iterable[str], *, containers: bool) -> list[Request]:
    """Requests for the events of items, and of all that they were ever packed in."""
    found: dict[str, None] = {}
    todo = list(items)
    while todo:
        item = todo.pop(0)
        if item in found:
            continue
        found[item] = None
        steps = _history(reading, item) if containers else ()
        inside = (step.private for step in steps if step.relation == "child" and step.private)
        todo += sorted({str(private["parent"]) for private in inside if private.get("parent")})
    return [Request.of("custody", item=item) for item in found]


def _history(reading: Reading, item: str) -> Iterator[trace.Step]:
    after = ""
    while page := trace.history(reading.view, item, after, history_page, reading.reader):
        yield from page
        after = page[-1].cursor


def promise(snapshot: Snapshot, reader: Reader, certificate: str) -> bytes:
    """What the issuer promised, for any party of a certificate: fields of proposal and approval, and its own hops.

    Neither the trade behind the certificate nor anybody else's hops are in it. Raises `NotReadable`, or
    `FieldsNotSigned` where issuer's people signed no `fields_root`.
    """
    made = _Making(Reading(snapshot, reader), Gathering(snapshot, reader), (), attachments=False)
    return made.finish(made.promise(certificate))


def of_claim(snapshot: Snapshot, reader: Reader, certificate: str, indexes: Iterable[int]) -> bytes:
    """What the issuer promised, and entries that concern a claim on it, as far as the reader may read them.

    Without the promise where issuer's people signed no `fields_root`, and it is not for the reader as a whole.
    """
    reading = Reading(snapshot, reader)
    made = _Making(reading, Gathering(snapshot, reader), (), attachments=False)
    try:
        requests = made.promise(certificate)
    except FieldsNotSigned:
        made = _Making(reading, Gathering(snapshot, reader), (), attachments=False)
        requests = []
    known = {request.number("index") for request in requests}
    for index in sorted(set(indexes) - known):
        if snapshot.disclose(index, reader).body is not None:
            requests.append(Request.of("entry", index=index))
            made.add(requests[-1])
    return made.finish(requests)


class _Making:
    def __init__(
        self, reading: Reading, gathering: Gathering, show: Sequence[str], attachments: bool
    ) -> None:
        self._reading, self._gathering = reading, gathering
        self._show, self._attachments = show, attachments

    def add(self, request: Request) -> None:
        ways: Mapping[str, Callable[[Request], None]] = {
            "entry": self._entry,
            "custody": self._custody,
            "certificate": self._certificate,
            "key": self._key,
            "key-at": self._key_at,
            "not-revoked": self._not_revoked,
            "never-confirmed": self._never_confirmed,
            "absent": self._absent,
            "record": self._record,
        }
        ways[request.about](request)

    def add_replay(self) -> None:
        """What the rules of all entries so far read, and the blocks that set their ledger time."""
        gathering = self._gathering
        gathering.finish()
        gathering.entries(needed(self._reading.snapshot, gathering.size, gathering.indexes()))
        gathering.finish()
        for index in gathering.indexes():
            gathering.block_before(index)

    def finish(self, requests: Sequence[Request]) -> bytes:
        self._gathering.finish()
        genesis: Any = self._reading.view.get("log", "genesis")
        manifest = Manifest(genesis["origin"], tuple(requests))
        return pack({**self._gathering.files, layout.manifest_file: manifest.encode()})

    def _entry(self, request: Request) -> None:
        index = request.number("index")
        found = self._gathering.entry(index, self._show)
        self._gathering.blocks_around(index)
        if self._attachments:
            self._gathering.attach(found)

    def _custody(self, request: Request) -> None:
        steps = _history(self._reading, request.text("item"))
        seen = {int(step.cursor.partition(".")[0]) for step in steps}
        for index in sorted(index for index in seen if index < self._gathering.size):
            found = self._gathering.entry(index)
            if self._attachments:
                self._gathering.attach(found)

    def _certificate(self, request: Request) -> None:
        name = request.text("certificate")
        issue_index(name)
        finance.views.certificate(self._reading, name)
        self._policy_of(cast(Any, self._reading.view.get("certificate", name)))
        for index in self._gathering.own_head(certificate_head, name).indexes:
            self._with_answered(self._gathering.entry(index))

    def _policy_of(self, issued: Any) -> list[int]:
        """The standing policy of an issue: whole for who may read it, its terms for any other party.

        Raises `FieldsNotSigned`.
        """
        if "policy" not in issued:
            return []
        signed: Any = self._reading.view.get("standing-policy", issued["policy"])
        parts = {signed["proposed"]: finance.views.policy_fields, signed["index"]: ("/proposal",)}
        for index, pointers in parts.items():
            if not self._gathering.entry_for(index, partial(_only, pointers)):
                raise FieldsNotSigned(f"entry {index}")
        return list(parts)

    def promise(self, name: str) -> list[Request]:
        """Entries of which fields or bodies are shown; each is a request of its own."""
        _, approved = issue_index(name)
        seen = finance.views.certificate(self._reading, name)
        view = self._reading.view
        issued = cast(Any, view.get("certificate", name))
        indexes = [*self._policy_of(issued), approved]
        if "policy" in issued:
            self._gathering.fields(approved, finance.views.confirmed_fields)
        else:
            proposal: Any = view.get("proposal", issued["proposal"])
            self._gathering.fields(proposal["index"], finance.views.promise_fields)
            self._gathering.fields(approved, ("/proposal",))
            indexes.insert(0, proposal["index"])
        begun = len(indexes)
        for row in seen.transfers:
            offer: Any = view.get("offer", row["offer"])
            indexes += [offer["index"], row["index"]]
        for index in indexes[begun:]:
            self._gathering.entry(index)
        for index in indexes:
            self._gathering.blocks_around(index)
        return [Request.of("entry", index=index) for index in indexes]

    def _with_answered(self, found: Disclosed) -> None:
        if found.row.type in _answered and found.body is not None:
            kind, member = _answered[found.row.type]
            answered: Any = self._reading.view.get(kind, orjson.loads(found.body)[member])
            self._with_answered(self._gathering.entry(answered["index"]))

    def _key(self, request: Request) -> None:
        self._gathering.key(request.text("key"))

    def _key_at(self, request: Request) -> None:
        index = request.number("index")
        if index >= self._gathering.size:
            raise NotYetFinal(f"entry {index}, final are {self._gathering.size} entries")
        self._gathering.key(request.text("key"))

    def _not_revoked(self, request: Request) -> None:
        reference = request.text("key")
        index, _, owner = reference.partition(":")
        row: Any = self._reading.view.get("key", owner, index)
        if row is None:
            raise NotReadable(f"no key is registered as {reference}")
        if "until" in row:
            raise errors.ClaimedKeyRevoked(f"entry {row['until'] - 1} revoked {reference}")
        self._gathering.key(reference)

    def _never_confirmed(self, request: Request) -> None:
        invoice, line = request.text("invoice"), request.number("line")
        self._require_invoice(invoice)
        head = self._gathering.own_head(line_head, f"{invoice}#{line}")
        if head.present:
            said = f"entry {head.indexes[0]} confirmed line {line} of {invoice}"
            raise errors.ClaimedConfirmed(said)

    def _require_invoice(self, invoice: str) -> None:
        """Its parties may ask; whether one exists that nobody has sent is for auditors alone."""
        found: Any = self._reading.view.get("invoice", invoice)
        sides = () if found is None else (found.get("buyer"), found.get("seller"))
        thing = Thing("documents", invoice, "invoice")
        if not self._reading.reader.may_read("parties", sides, thing=thing):
            raise NotReadable(invoice)

    def _record(self, request: Request) -> None:
        """Entries that the reader may not see whole are there as leaves, with what of them it may see."""
        handle, index = request.text("handle"), request.number("index")
        if index >= self._gathering.size:
            raise NotYetFinal(f"entry {index}, final are {self._gathering.size} entries")
        then = -1
        for one in self._gathering.head(handle_head, names.fold(handle)).indexes:
            self._gathering.entry_for(one, partial(self._pointers, handle, one))
            then = one if one <= index else then
        for one in {then, index} - {-1}:
            self._gathering.blocks_around(one)

    def _pointers(self, handle: str, index: int, body: bytes) -> list[str]:
        return pointers_for(self._reading.reader, self._reading.view, handle, index, body)

    def _absent(self, request: Request) -> None:
        kind, name = request.text("kind"), request.text("name")
        head = self._gathering.head(kind, name)
        if head.present:
            raise errors.AbsenceFalse(f"{len(head.indexes)} entries touched {kind} {name}")


def _only(pointers: Sequence[str], _body: bytes) -> Sequence[str]:
    return pointers
