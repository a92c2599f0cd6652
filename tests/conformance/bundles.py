"""Bundles that verify and bundles that must not: files, pins, and what every verifier says of each.

`write(folder)` lays down NAME.tally and expected.json: {"cases": [{name, pins: {log_key?, genesis?, policy?},
error: code or null, says: [statement keys], statements: [...]}]}. `python -m tests.conformance.bundles DIR`.
"""

from __future__ import annotations

import json
import struct
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.conformance.forge import Forge, policy
from tests.conformance.forge import origin as forged_origin
from tests.ledger.authenticator import Authenticator, plainly
from tests.ledger.governance import acts
from tests.ledger.witness import history
from tests.ledger.world import core, key, log, node, root, supplier

from tallystick.app.bundles.pins import read_pins
from tallystick.app.bundles.verify import verify
from tallystick.ledger import Note, SigningKey, acts_head, anchor, canonical, heads
from tallystick.ledger.bundle import BundleRefused, Request, layout, pack
from tallystick.ledger.governance import policy_type

bank, other = "99.100/O-BANK000000000", "99.100/O-OTHER00000000"
maker = {org: org.replace("/O-", "/P-M") for org in (core, supplier, bank, other)}
invoice = f"{supplier}#INV-1"
face = 90_010_001
#: Of it, what issuer and original holder cancelled together.
cancelled = 10_000
Files = dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Case:
    """A file, what its verifier has pinned, and the code of its refusal, if it is refused."""

    name: str
    story: str
    data: bytes
    error: str | None = None
    pins: Mapping[str, str] | None = None


class Story(Forge):
    """Four firms; a certificate issued, transferred twice, financed and paid; a key that is revoked."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.keys = [self.add_key(root, node)]
        self.people: dict[str, int] = {}
        for handle in (core, supplier, bank, other):
            self.keys.append(self.add_key(node, handle))
            person = {"organisation": handle, "person": maker[handle], "roles": ["maker"]}
            self.people[handle] = self.write(handle, "identity.person.add/1", person)
            self.keys.append(self.people[handle])
            self.keys.append(self.add_key(handle, maker[handle]))
        self.early_block = self.block()
        self._money()
        self.spare = self.add_key(core, core, 301)
        self.revoked = self.revoke(core, f"301:{core}")
        self.second = self.add_key(maker[other], maker[other], 301)
        leaving = {"person": maker[other], "reason": "left"}
        gone = [("key", f"301:{maker[other]}")]
        self.left = self.write(maker[other], "identity.person.leave/1", leaving, (), gone)
        self.quoted = self.write(
            core, "finance.order/1", {"number": "PO-9", "lines": [{"line": 1, "text": "cell"}]},
            fields=True,
        )  # fmt: skip
        self.end = self.block()

    def add_key(self, by: str, owner: str, position: int = 300) -> int:
        new = key(f"{position}:{owner}")
        body = {
            "key": new.keyid, "jwk": new.private.public.jwk(), "custody": "self", "types": ["*"],
        }  # fmt: skip
        signers = [key(f"300:{by}"), new]
        return self.write(by, "identity.key.add/1", body, signers, [("key", new.keyid)])

    def revoke(self, by: str, reference: str) -> int:
        body = {"key": reference, "reason": "lost"}
        return self.write(by, "identity.key.revoke/1", body, (), [("key", reference)])

    def _money(self) -> None:
        proposal = {
            "invoice": invoice, "amount": face, "currency": "CNY", "due_on": "2026-07-10",
            "zone": "Asia/Shanghai", "paying_bank": bank, "lines": [{"line": 1, "amount": face}],
        }  # fmt: skip
        self.proposal = self.write(maker[core], "finance.confirm.propose/1", proposal)
        self.certificate = f"{core}#C-{len(self.leaves)}"
        mine = ("certificate", self.certificate)
        self.approval = self.write(
            maker[core], "finance.confirm.approve/1", {"proposal": self.payload(self.proposal)},
            (), [mine, ("invoice line", f"{invoice}#1")],
        )  # fmt: skip
        accept = {"certificate": self.certificate}
        self.write(maker[supplier], "finance.certificate.accept/1", accept, (), [mine])
        asked = {
            "certificate": self.certificate, "amount": cancelled, "reason": "returned", "valid_hours": 168,
        }  # fmt: skip
        self.cancel = self.write(maker[core], "finance.cancel.propose/1", asked)
        agreed = {"cancellation": self.payload(self.cancel)}
        self.write(maker[supplier], "finance.cancel.agree/1", agreed, (), [mine])
        self.transfer(supplier, other, 50_000_001)
        self.last_transfer = self.transfer(supplier, core, 40_000_000)
        self.quote = self.quoted()
        self.disbursed()
        pay = {
            "certificate": self.certificate, "amount_minor": self.due(), "evidence": "0" * 64,
            "paid_at": "2026-07-10T01:00:00.000Z",
        }  # fmt: skip
        self.write(maker[bank], "finance.pay/1", pay, (), [mine])

    def quoted(self, by: str = bank) -> int:
        quote = {
            "certificate": self.certificate, "holder": other, "amount": 10_000_000,
            "rate_ppm": 42_000, "basis": "ACT/360", "rounding": "half-up", "roll": "none",
            "calendar": "none", "value_on": "2026-03-16", "due_on": "2026-07-10", "days": 116,
            "discount": 135_333, "net": 9_864_667, "valid_hours": 24,
        }  # fmt: skip
        return self.write(maker[by], "finance.quote/1", quote)

    def disbursed(self) -> None:
        """Accepted by the holder, and paid by the certificate's bank."""
        mine = ("certificate", self.certificate)
        named = {"quote": self.payload(self.quote)}
        self.write(maker[other], "finance.quote.accept/1", named, (), [mine])
        paid = {
            **named, "amount_minor": 9_864_667, "evidence": "0" * 64,
            "paid_at": "2026-03-16T01:00:00.000Z",
        }  # fmt: skip
        self.write(maker[bank], "finance.disburse/1", paid, (), [mine])

    def due(self) -> int:
        """What is paid at maturity."""
        return face - cancelled

    def transfer(self, giver: str, taker: str, amount: int) -> int:
        mine = ("certificate", self.certificate)
        offer = {
            "certificate": self.certificate, "amount": amount, "to": taker,
            "evidence": [{"kind": "contract", "name": f"{giver}#FC-1", "amount": amount}],
            "valid_hours": 168,
        }  # fmt: skip
        offered = self.write(maker[giver], "finance.transfer.offer/1", offer, (), [mine])
        named = {"offer": self.payload(offered)}
        return self.write(maker[taker], "finance.transfer.accept/1", named, (), [mine])

    def life(self) -> Files:
        """A bundle of the certificate's whole life."""
        mine = self.touched["certificate", self.certificate]
        asked = [Request.of("certificate", certificate=self.certificate)]
        indexes = [*self.keys, *mine, self.proposal, self.cancel, self.quote, *self.beside()]
        return self.bundle(asked, indexes, [*self.key_heads(), ("certificate", self.certificate)])

    def beside(self) -> list[int]:
        """What the quote answers itself."""
        return []

    def key_heads(self) -> list[tuple[str, str]]:
        """Of every key that signs in the story, but the one that is revoked."""
        return [name for name in self.touched if name[0] == "key" and "301:99.100" not in name[1]]

    def single(self, *requests: Request, **more: Any) -> Files:
        """A bundle with the keys, and what the requests name."""
        indexes = [r.number("index") for r in requests if r.about == "entry"]
        names = [*self.key_heads(), *more.pop("names", ())]
        indexes += more.pop("indexes", ())
        return self.bundle(requests, [*self.keys, *indexes], names, **more)


class Tendered(Story):
    """It was financed by the better of sealed bids: an opened bid is a quote, on the terms of its tender."""

    def quoted(self, by: str = bank) -> int:
        asked = {
            "certificate": self.certificate, "amount": 10_000_000, "funders": [by], "seal_hours": 24,
            "open_hours": 24, "accept_hours": 24, "value_on": "2026-03-16", "basis": "ACT/360",
            "rounding": "half-up", "rolled_days": "funder",
        }  # fmt: skip
        self.tender = self.write(maker[other], "finance.tender.open/1", asked)
        opened = {
            "tender": self.payload(self.tender), "rate_ppm": 42_000, "salt": "5a" * 32,
            "due_on": "2026-07-10", "roll": "none", "calendar": "none", "days": 116,
            "discount": 135_333, "net": 9_864_667,
        }  # fmt: skip
        return self.write(maker[by], "finance.bid.open/1", opened)

    def beside(self) -> list[int]:
        return [self.tender]


class Early(Story):
    """Its debtor paid a holder before it was due, and the rest on the day."""

    def quoted(self, by: str = bank) -> int:
        return super().quoted(core)

    def due(self) -> int:
        return super().due() - 10_000_000


def cases() -> Iterator[Case]:
    """All of them; the log key is pinned unless the case says otherwise."""
    story = Story()
    yield from _accepted(story)
    yield from _containers(story)
    yield from _changed(story)
    yield from _pinned(story)
    yield from _left_out(story)
    yield from _claimed(story)
    yield from _operators()
    yield from _passkeys()
    yield from _governed()
    yield from _anchored(story)


def _anchored(story: Story) -> Iterator[Case]:
    good = story.single(Request.of("entry", index=story.quoted))
    note = Note.parse(story.checkpoint(["w1"]))  # a cosignature more or less changes nothing
    place = anchor.Place(
        11155111, "0x" + "ab" * 20, bytes([3]) * 32, 7_000_001, bytes([4]) * 32,
        "2026-01-06T12:00:12.000Z",
    )  # fmt: skip
    claim = anchor.Claim(place, anchor.note_hash(note, story.verifier))

    def case(name: str, said: str, told: bytes, code: str | None) -> Case:
        return Case(f"anchor-{name}", said, pack({**good, layout.anchor_file: told}), code)

    def changed(**members: object) -> bytes:
        return canonical.encode({**claim.document(), **members})

    yield case("claimed", "an anchor, which is a claim offline", claim.encode(), None)
    other = replace(claim, note=bytes(32)).encode()
    yield case("of-another", "an anchor of another checkpoint", other, "bundle-anchor-differs")
    for name, told in (
        ("no-json", b"0x"),
        ("not-canonical", claim.encode() + b"\n"),
        ("more-members", changed(size=1)),
        ("chain-below-zero", changed(chain=-1)),
        ("chain-too-large", changed(chain=10**15)),
        ("block-no-number", changed(block="7000001")),
        ("block-true", changed(block=True)),
        ("contract-upper-case", changed(contract="0x" + "AB" * 20)),
        ("transaction-short", changed(transaction="03" * 31)),
        ("hash-null", changed(block_hash=None)),
        ("time-without-milliseconds", changed(time="2026-01-06T12:00:12Z")),
        ("time-no-day", changed(time="2026-02-30T12:00:12.000Z")),
        ("time-before-chains", changed(time="1969-12-31T23:59:59.000Z")),
    ):
        yield case(name, "anchor.json not in its form", told, "bundle-anchor-refused")
    yield Case(
        "anchor-too-large", "anchor.json with more bytes than are read",
        _zip([(layout.anchor_file, bytes(anchor.claim_bytes_max + 1))]), "bundle-file-too-large",
    )  # fmt: skip


def _accepted(story: Story) -> Iterator[Case]:
    spare = f"301:{core}"
    yield Case("certificate", "a certificate from issue to payment", pack(story.life()))
    yield Case(
        "entry", "one entry with its body",
        pack(story.single(Request.of("entry", index=story.quoted), indexes=[story.early_block])),
    )  # fmt: skip
    yield Case("block", "a block", pack(story.single(Request.of("entry", index=story.early_block))))
    yield Case("field", "one field of a body", pack(_field(story)))
    yield Case(
        "revoked-key", "a key from registration to revocation",
        pack(story.single(
            Request.of("key", key=spare), names=[("key", spare)],
            indexes=[story.spare, story.revoked],
        )),
    )  # fmt: skip
    yield Case(
        "not-revoked", "a key that is not revoked",
        pack(story.single(Request.of("not-revoked", key=f"300:{core}"))),
    )  # fmt: skip
    line = Request.of("never-confirmed", invoice=invoice, line=2)
    names = [("invoice line", f"{invoice}#2")]
    yield Case(
        "never-confirmed", "a line that nobody confirmed", pack(story.single(line, names=names))
    )
    nobody = Request.of("absent", kind="key", name="300:99/nobody")
    yield Case(
        "absent", "a key that was never registered",
        pack(story.single(nobody, names=[("key", "300:99/nobody")])),
    )  # fmt: skip
    yield Case("paid-early", "a part paid early, the rest on the day", pack(Early().life()))
    bid = Tendered()
    yield Case("bid", "financed by an opened bid", pack(bid.life()))
    yield Case(
        "bid-tender-left-out", "an opened bid without the tender that it answers",
        pack(_without(bid.life(), bid.tender)), "bundle-entry-missing",
    )  # fmt: skip
    files = story.life()
    files.pop(layout.head_file(heads.head_key("certificate", story.certificate)))
    yield Case("without-head", "a life that is not proven complete", pack(files))
    files = story.life()
    files.pop(layout.head_file(heads.head_key("key", f"300:{maker[bank]}")))
    yield Case("without-key-head", "a key of which a revocation may be left out", pack(files))


def _field(story: Story) -> Files:
    asked = Request.of("entry", index=story.quoted)
    return story.single(asked, show={story.quoted: ["/lines/0/text"]})


def _containers(story: Story) -> Iterator[Case]:
    good = pack(story.single(Request.of("entry", index=story.quoted)))
    at = good.index(b"cell")
    changed = good[:at] + b"sell" + good[at + 4 :]
    yield Case("byte-changed", "one byte changed", changed, "bundle-crc-fails")
    yield Case("cut-off", "a file cut off", good[:-1], "bundle-not-a-zip")
    yield Case("longer", "bytes behind the end", good + b"\0", "bundle-not-a-zip")
    yield Case("in-front", "bytes in front", b"\0" + good, "bundle-not-canonical")
    local = good.index(b"PK\x03\x04") + 14
    conflict = bytearray(good)
    conflict[local] ^= 1
    yield Case(
        "header-conflict", "two headers that contradict", bytes(conflict), "bundle-header-conflict"
    )
    yield Case(
        "duplicate-name", "two files of one name",
        _zip([("checkpoint", b"one"), ("checkpoint", b"two")]), "bundle-duplicate-name",
    )  # fmt: skip
    yield Case(
        "out-of-order", "names out of order",
        _zip([("policy", b""), ("checkpoint", b"")]), "bundle-order-refused",
    )  # fmt: skip
    yield Case("path", "a name that leads out", _zip([("../x", b"")]), "bundle-name-refused")
    yield Case(
        "bomb", "a compressed file",
        _zip([("checkpoint", zlib.compress(bytes(1 << 20))[2:-4])], method=8, unpacked=1 << 20),
        "bundle-compressed",
    )  # fmt: skip
    yield Case(
        "long-salt", "a file too large for its kind",
        _zip([("salts/0", bytes(33))]), "bundle-file-too-large",
    )  # fmt: skip
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 20_001, 20_001, 0, 0, 0)
    yield Case("too-many", "more files than are read", end, "bundle-file-count")


def _changed(story: Story) -> Iterator[Case]:
    """With check sums made right again."""
    quoted, single = story.quoted, story.single(Request.of("entry", index=story.quoted))

    def case(name: str, said: str, file: str, change: Callable[[bytes], bytes], code: str) -> Case:
        return Case(name, said, pack({**single, file: change(single[file])}), code)

    entry, body, proof = (
        layout.entry_file(quoted), layout.body_file(quoted), layout.proof_file(quoted),
    )  # fmt: skip
    other_leaf = story.leaves[story.proposal]
    yield case(
        "entry-changed", "another entry in its place", entry, lambda _: other_leaf,
        "bundle-entry-not-in-log",
    )  # fmt: skip
    yield case("entry-garbage", "no entry at all", entry, lambda _: b"{}", "bundle-entry-refused")
    yield case(
        "body-changed", "an amount changed in a body", body,
        lambda data: data.replace(b"cell", b"sell"), "bundle-body-differs",
    )  # fmt: skip
    yield case(
        "salt-changed", "another salt", layout.salt_file(quoted), lambda _: bytes(32),
        "bundle-body-differs",
    )  # fmt: skip
    index = f"index {quoted}".encode()
    yield case(
        "proof-elsewhere", "a proof of another entry", proof,
        lambda data: data.replace(index, b"index 1"), "bundle-proof-refused",
    )  # fmt: skip
    older = story.checkpoint(["w1"])
    yield case(
        "proof-of-another-checkpoint", "a proof under another checkpoint", proof,
        lambda data: data.replace(story.checkpoint().encode(), older.encode()),
        "bundle-proof-refused",
    )  # fmt: skip
    yield case(
        "manifest-unknown", "a statement that nobody knows", layout.manifest_file,
        lambda data: data.replace(b'"entry"', b'"truth"'), "bundle-manifest-refused",
    )  # fmt: skip
    field = _field(story)
    file = layout.disclosure_file(quoted)
    told = json.loads(field[file])
    told["fields"][0]["salt"] = "0" * 64
    yield Case(
        "field-wrong-salt", "a field shown with a wrong salt",
        pack({**field, file: canonical.encode(told)}), "bundle-field-differs",
    )  # fmt: skip
    told = json.loads(field[file])
    told["fields"][0]["value"] = "gold"
    yield Case(
        "field-wrong-value", "a field shown with another value",
        pack({**field, file: canonical.encode(told)}), "bundle-field-differs",
    )  # fmt: skip
    lacking = {name: data for name, data in single.items() if name != layout.salt_file(quoted)}
    yield Case("file-missing", "a salt is missing", pack(lacking), "bundle-file-missing")


def _pinned(story: Story) -> Iterator[Case]:
    asked = Request.of("entry", index=story.quoted)
    good = story.single(asked)
    foreign = Forge(log_key=key("300:99/L-ANOTHER000000"))
    yield Case(
        "wrong-log-key", "another log key is pinned", pack(good), "bundle-wrong-log-key",
        {"log_key": foreign.verifier.encode()},
    )  # fmt: skip
    yield Case(
        "wrong-genesis", "another genesis is pinned", pack(good), "bundle-wrong-genesis",
        {"genesis": foreign.leaf_hash(0).hex()},
    )  # fmt: skip
    yield Case(
        "genesis", "genesis is pinned", pack(good), None, {"genesis": story.leaf_hash(0).hex()}
    )
    mine = f"log {story.verifier.encode()}\n"
    yield Case("policy", "a policy is pinned", pack(good), None, {"policy": mine + policy})
    strict = mine + policy.replace("group two 2", "group two 3")
    yield Case(
        "policy-of-more", "the pinned policy asks for more witnesses", pack(good),
        "bundle-not-final", {"policy": strict},
    )  # fmt: skip
    yield Case(
        "policy-replaced", "a weak policy shipped inside",
        pack({**good, layout.policy_file: b"quorum none\n"}), "bundle-policy-replaced",
    )  # fmt: skip
    few = story.single(asked, note=story.checkpoint(["w2"]))
    yield Case("cosignature-missing", "a cosignature is missing", pack(few), "bundle-not-final")
    note = story.checkpoint()
    other = story.checkpoint(["w1", "w2"]).splitlines()[-1].split(" ")
    mixed = note.replace(note.splitlines()[-1].split(" ")[2], other[2])
    lines = note.splitlines()
    lines[-1] = lines[-1][:-6] + ("AAAA" if lines[-1][-6:-2] != "AAAA" else "BBBB") + lines[-1][-2:]
    broken = "\n".join(lines) + "\n"
    yield Case(
        "cosignature-false", "a cosignature does not verify",
        pack(story.single(asked, note=broken)), "bundle-cosignature-fails",
    )  # fmt: skip
    yield Case(
        "cosignature-of-nobody", "a cosignature under another's name",
        pack(story.single(asked, note=mixed)), "bundle-not-final",
    )  # fmt: skip


def _left_out(story: Story) -> Iterator[Case]:
    """Entries left out, with and without changing what the log says about them."""
    life, mine = story.life(), ("certificate", story.certificate)
    without = _without(life, story.last_transfer)
    yield Case("transfer-left-out", "a later transfer left out", pack(without), "bundle-incomplete")
    kept = [index for index in story.touched[mine] if index != story.last_transfer]
    yield Case(
        "transfer-left-out-of-head", "and out of the list as well",
        pack({**without, **story.head(*mine, kept)}), "bundle-head-differs",
    )  # fmt: skip
    spare = ("key", f"301:{core}")
    revoked = story.single(
        Request.of("key", key=spare[1]), names=[spare], indexes=[story.spare, story.revoked]
    )
    yield Case(
        "revocation-left-out", "a revocation left out",
        pack(_without(revoked, story.revoked)), "bundle-incomplete",
    )  # fmt: skip
    yield Case(
        "revocation-left-out-of-head", "and out of the list as well",
        pack({**_without(revoked, story.revoked), **story.head(*spare, [story.spare])}),
        "bundle-head-differs",
    )  # fmt: skip
    ended = ("key", f"301:{maker[other]}")
    yield Case(
        "key-left", "a key that ended with its person",
        pack(story.single(
            Request.of("key", key=ended[1]), names=[ended], indexes=[story.second, story.left]
        )),
    )  # fmt: skip
    yield Case(
        "not-revoked-left", "and it is not to be denied",
        pack(story.single(
            Request.of("not-revoked", key=ended[1]), names=[ended], indexes=[story.second, story.left]
        )), "bundle-key-revoked",
    )  # fmt: skip
    yield Case(
        "registration-left-out", "a key without its registration",
        pack(_without({k: v for k, v in life.items() if "heads/" not in k} | story.head(*acts_head), story.keys[1])),
        "bundle-key-unknown",
    )  # fmt: skip
    yield Case(
        "proposal-left-out", "what the approval answers left out",
        pack(_without(life, story.proposal)), "bundle-entry-missing",
    )  # fmt: skip
    yield Case(
        "person-left-out", "for which bank somebody quoted left out",
        pack(_without(life, story.people[bank])), "bundle-entry-missing",
    )  # fmt: skip
    yield Case(
        "block-left-out", "the block left out", pack(_without(life, story.end)),
        "bundle-block-refused",
    )  # fmt: skip


def _claimed(story: Story) -> Iterator[Case]:
    spare = f"301:{core}"
    held = {"names": [("key", spare)], "indexes": [story.spare, story.revoked]}
    yield Case(
        "not-revoked-false", "a revoked key said to be not revoked",
        pack(story.single(Request.of("not-revoked", key=spare), **held)), "bundle-key-revoked",
    )  # fmt: skip
    bare = ("bodies/", "salts/")
    hidden = {
        name: data
        for name, data in story.single(Request.of("not-revoked", key=spare), **held).items()
        if name not in [f"{folder}{story.revoked}" for folder in bare]
    }
    yield Case(
        "not-revoked-without-body", "the revocation without its body", pack(hidden),
        "bundle-entry-missing",
    )  # fmt: skip
    yield Case(
        "not-revoked-without-head", "not revoked, without a head",
        pack(story.single(Request.of("not-revoked", key=spare), indexes=[story.spare])),
        "bundle-head-missing",
    )  # fmt: skip
    line = Request.of("never-confirmed", invoice=invoice, line=1)
    stands = ("invoice line", f"{invoice}#1")
    indexes = [story.approval]
    yield Case(
        "never-confirmed-false", "a confirmed line said to be never confirmed",
        pack(story.single(line, names=[stands], indexes=indexes)), "bundle-was-confirmed",
    )  # fmt: skip
    gone = story.single(line)
    yield Case(
        "never-confirmed-forged", "with a forged proof of absence",
        pack({**gone, **story.head(*stands, [])}), "bundle-head-differs",
    )  # fmt: skip
    yield Case(
        "absence-false", "something said to be absent that is not",
        pack(story.single(
            Request.of("absent", kind="key", name=spare), **held
        )), "bundle-absence-false",
    )  # fmt: skip
    small = Request.of("never-confirmed", invoice=invoice.replace("/O-", "/o-"), line=1)
    stands = ("invoice line", f"{invoice.replace('/O-', '/o-')}#1")
    yield Case(
        "never-confirmed-misspelt", "a confirmed line, its seller in another spelling",
        pack(story.single(small, names=[stands])), "bundle-claim-misnamed",
    )  # fmt: skip
    misspelt = {
        "kind": ("invoice-line", f"{invoice}#1"),
        "number": ("invoice line", "INV-1#1"),
        "copy": ("invoice line", f"{core}#{invoice}#1"),
        "line": ("invoice line", f"{invoice}#01"),
        "organisation": ("organisation", core.replace("/O-", "/o-")),
        "handle": ("handle", "99.100.7/sn-0001"),
        "key": ("key", core),
        "receipt": ("receipt line", f"{core}#PO-9#1"),
        "certificate": ("certificate", f"{core}#7"),
    }
    for what, (kind, name) in misspelt.items():
        yield Case(
            f"absence-misspelt-{what}", "absent under a name that the log would never write",
            pack(story.single(Request.of("absent", kind=kind, name=name), names=[(kind, name)])),
            "bundle-claim-misnamed",
        )  # fmt: skip
    yield Case(
        "key-misspelt", "a key without its index",
        pack(story.single(Request.of("key", key=core), names=[("key", core)])),
        "bundle-claim-misnamed",
    )  # fmt: skip
    yield Case(
        "record-misspelt", "the record of what is no handle",
        pack(story.single(
            Request.of("record", handle="99.100.7 /SN-1", index=1),
            names=[("handle", "99.100.7 /SN-1")],
        )), "bundle-claim-misnamed",
    )  # fmt: skip
    yield Case(
        "absence-of-another-name", "the proof of another name",
        pack({
            **story.single(Request.of("absent", kind="key", name="300:99/nobody")),
            **_renamed(story, ("key", "300:99/nobody"), ("key", "300:99/somebody")),
        }), "bundle-head-differs",
    )  # fmt: skip


def _operators() -> Iterator[Case]:
    """What an operator can write into its own log with its own keys."""
    late = Story()
    spare = key(f"301:{core}")
    signed = late.write(core, "finance.order/1", {"number": "PO-10"}, [spare])
    late.block()
    asked = Request.of("entry", index=signed)
    indexes = [late.spare, late.revoked]
    names = [("key", spare.keyid)]
    revoked = late.single(asked, names=names, indexes=indexes)
    yield Case("signer-revoked", "a signer revoked before", pack(revoked), "bundle-signer-revoked")
    less = {
        k: v for k, v in revoked.items() if not k.endswith(f"/{late.revoked}") or "entries" in k
    }
    yield Case("signer-revoked-without-body", "and the revocation without its body", pack(less))
    yield Case(
        "signer-revoked-left-out", "and the revocation left out",
        pack(_without(revoked, late.revoked)), "bundle-incomplete",
    )  # fmt: skip
    long = Story()
    wide = {"n" * 20_000: [0] * 1_000}
    index = long.write(core, "finance.order/1", wide, root="0" * 64)
    long.block()
    yield Case(
        "pointers-too-long", "a small body with long pointers",
        pack(long.single(Request.of("entry", index=index))), "bundle-body-differs",
    )  # fmt: skip
    false = Story()
    index = false.write(core, "finance.order/1", {"number": "PO-11"}, [_as(core, supplier)])
    false.block()
    yield Case(
        "signature-false", "signed with somebody else's key under the author's name",
        pack(false.single(Request.of("entry", index=index))), "bundle-signature-fails",
    )  # fmt: skip
    more = Story()
    more.transfer(supplier, other, 1)
    more.block()
    yield Case(
        "moves-more", "more is transferred than is held", pack(more.life()),
        "bundle-statement-refused",
    )  # fmt: skip
    ends = Story()
    ends.write(core, "finance.order/1", {"number": "PO-12"})
    yield Case(
        "no-block", "a checkpoint that ends in no block",
        pack(ends.single(Request.of("entry", index=1))), "bundle-block-refused",
    )  # fmt: skip
    bare = Story()
    bare.block(bytes(32))
    nobody = Request.of("absent", kind="key", name="300:99/nobody")
    yield Case(
        "no-heads", "absence from a map that the log does not keep",
        pack({**bare.bundle([nobody], bare.keys), **Forge().head("key", "300:99/nobody")}),
        "bundle-head-differs",
    )  # fmt: skip
    unissued = Story()
    proposal = unissued.payload(unissued.proposal)
    approval = unissued.write(
        maker[bank], "finance.confirm.approve/1", {"proposal": proposal}, stream=True
    )
    unissued.block()
    yield Case(
        "refused-approval", "an approval that the log may only have recorded as refused",
        pack(unissued.single(
            Request.of("certificate", certificate=f"{bank}#C-{approval}"),
            indexes=[approval, unissued.proposal],
        )), "bundle-statement-refused",
    )  # fmt: skip
    refused = Story()
    stream = "99.100.1/scanner-1"
    new = key(f"300:{stream}")
    body = {"key": new.keyid, "jwk": new.private.public.jwk(), "custody": "self", "types": ["*"]}
    refused.write(core, "identity.key.add/1", body, [key(f"300:{core}"), new], stream=True)
    said = refused.write(stream, "trace.capture/1", {"events": []}, stream=True)
    refused.block()
    yield Case(
        "refused-registration", "a registration that the log only recorded as refused",
        pack(refused.single(Request.of("entry", index=said), indexes=[said - 1])),
        "bundle-key-unknown",
    )  # fmt: skip


def _passkeys() -> Iterator[Case]:
    """A key that lives in an authenticator signs assertions about entries."""
    story = Story()
    device = Authenticator.of(core)
    told = {
        "key": device.signing.keyid,
        "jwk": device.public.jwk(),
        "custody": "hardware",
        "types": ["finance.*"],
        "webauthn": {"rp_id": device.rp_id, "origin": device.origin},
    }
    mine, stands = plainly(key(f"300:{core}")), ("key", device.signing.keyid)
    added = story.write(
        core, "identity.key.add/1", told, touches=[stands], signers=[mine, device.sign]
    )
    order = {"number": "PO-13"}
    signed = story.write(core, "finance.order/1", order, signers=[device.sign])
    elsewhere = Authenticator(device.signing, origin="https://elsewhere.example")
    false = story.write(core, "finance.order/1", order, signers=[elsewhere.sign])
    story.block()
    for name, said, index, error in (
        ("passkey", "an entry signed with a passkey", signed, None),
        ("passkey-elsewhere", "signed on another page", false, "bundle-signature-fails"),
    ):
        files = story.single(Request.of("entry", index=index), names=[stands], indexes=[added])
        yield Case(name, said, pack(files), error)


def _governed() -> Iterator[Case]:
    """A policy that a quorum changed: from two of three witnesses to all of them."""
    names = ("w1", "w2", "w3")
    first, strict = acts.policy_text(), acts.policy_text(rule="3")
    forge = Forge(
        policy=first,
        governors=tuple(acts.named(name, log=forged_origin) for name in names),
        cosigners={
            name: SigningKey(f"witness.example/{name}", history.key(f"witness.example/{name}"))
            for name in names
        },
    )
    change = acts.new_policy(policy=strict, governance=forge.governors)
    told = acts.signed(policy_type, change, "w1", "w3", log=forged_origin)
    body = told.model_dump(mode="json", exclude_none=True)
    act = forge.write(root, policy_type, body, (), [acts_head])
    forge.block()
    forge.policy = strict
    keys = [("key", f"30{n}:{log}") for n in (0, 1)] + [("key", f"300:{root}")]
    asked = [Request.of("entry", index=act)]
    note = forge.checkpoint(names)
    good = forge.bundle(asked, [act], keys, note=note)
    yield Case("governed", "under a policy that was changed", pack(good))
    few = forge.bundle(asked, [act], keys, note=forge.checkpoint(("w1", "w2")))
    yield Case("governed-too-few", "enough for the older policy", pack(few), "bundle-not-final")
    weak = {**few, layout.policy_file: first.encode()}
    yield Case("governed-older", "the older policy shipped", pack(weak), "bundle-policy-replaced")
    asked = [Request.of("entry", index=0)]
    older = {**forge.bundle(asked, [], keys, note=note), layout.policy_file: first.encode()}
    yield Case("governed-left-out", "the change left out", pack(older), "bundle-incomplete")
    pack_absent = {**older, **forge.head(*acts_head, [])}
    yield Case(
        "governed-left-out-of-head", "and out of the list as well", pack(pack_absent),
        "bundle-head-differs",
    )  # fmt: skip
    lone = acts.signed(policy_type, change, "w1", log=forged_origin)
    body = lone.model_dump(mode="json", exclude_none=True)
    other = Forge(policy=first, governors=forge.governors, cosigners=forge.cosigners)
    act = other.write(root, policy_type, body, (), [acts_head])
    other.block()
    other.policy = strict
    asked = [Request.of("entry", index=act)]
    yield Case(
        "governed-by-one", "a policy that one of three signed",
        pack(other.bundle(asked, [act], keys, note=other.checkpoint(names))),
        "bundle-chain-refused",
    )  # fmt: skip


def _as(handle: str, by: str) -> Any:
    signing = key(f"300:{by}")
    return type(signing)(f"300:{handle}", signing.private)


def _without(files: Files, index: int) -> Files:
    gone = {
        layout.entry_file(index), layout.body_file(index), layout.salt_file(index),
        layout.proof_file(index),
    }  # fmt: skip
    return {name: data for name, data in files.items() if name not in gone}


def _renamed(story: Story, name: tuple[str, str], of: tuple[str, str]) -> Files:
    """The proof of one name under another."""
    (told,) = (json.loads(data) for data in story.head(*of).values())
    told["name"] = name[1]
    return {layout.head_file(heads.head_key(*name)): canonical.encode(told)}


def _zip(held: list[tuple[str, bytes]], *, method: int = 0, unpacked: int = -1) -> bytes:
    """As bundles are written, but for what the case needs."""
    out, directory = bytearray(), bytearray()
    for name, data in held:
        size = unpacked if unpacked >= 0 else len(data)
        told = (20, 0, method, 0, 0x21, zlib.crc32(data), len(data), size, len(name), 0)
        offset = len(out)
        out += struct.pack("<4s5H3L2H", b"PK\x03\x04", *told) + name.encode() + data
        central = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, *told, 0, 0, 0, 0, offset)
        directory += central + name.encode()
    end = (0, 0, len(held), len(held), len(directory), len(out), 0)
    return bytes(out + directory) + struct.pack("<4s4H2LH", b"PK\x05\x06", *end)


def default_pins() -> dict[str, str]:
    return {"log_key": Forge().verifier.encode()}


def outcome(case: Case) -> dict[str, Any]:
    """What our verifier says of a case."""
    pins = dict(default_pins() if case.pins is None else case.pins)
    read = read_pins(
        pins.get("log_key", ""), pins.get("genesis", "").encode(), pins.get("policy", "")
    )
    told: dict[str, Any] = {"name": case.name, "story": case.story, "pins": pins}
    try:
        found = [one.document() for one in verify(case.data, read)]
    except BundleRefused as refusal:
        return {**told, "error": refusal.code, "statements": []}
    return {**told, "error": None, "statements": found}


def write(folder: Path) -> int:
    """Lay down all files; how many."""
    folder.mkdir(parents=True, exist_ok=True)
    told = []
    for case in cases():
        (folder / f"{case.name}.tally").write_bytes(case.data)
        told.append(outcome(case))
    text = json.dumps({"cases": told}, ensure_ascii=False, indent=1) + "\n"
    (folder / "expected.json").write_text(text, encoding="utf-8")
    return len(told)


if __name__ == "__main__":
    sys.stdout.write(f"{write(Path(sys.argv[1]))} bundles\n")
