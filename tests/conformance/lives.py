"""Bundles of keys that begin and end in every way there is, honest and false; cases as in `bundles`."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from typing import Any

from tests.conformance.bundles import Case, Files
from tests.conformance.forge import Forge, origin
from tests.conformance.governed import Governed, governor, three
from tests.ledger.authenticator import Authenticator
from tests.ledger.world import key, log, node, root

from tallystick.identity import possession_message
from tallystick.ledger import SigningKey, canonical, heads
from tallystick.ledger.bundle import Request, fields_of, layout, pack

firm = "99.100/O-ADMITTED000000"
officers = ("99.100/P-N0DE000000001", "99.100/P-N0DE000000002")
people = ("99.100/P-ADMITTED00001", "99.100/P-ADMITTED00002")
scanner, second_scanner = "99.100.1/scanner-1", "99.100.1/scanner-2"
item = "https://id.example/01/09506000134352/21/1"
order = "finance.order/1"


def first(handle: str) -> str:
    return f"300:{handle}"


class Lives(Forge):
    """A firm is admitted with two people; devices are enrolled; each of them goes in another way."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for officer in officers:
            self.key_of(root, officer)
        self.proposed = self.propose(_admission())
        self.admitted = self.approve(self.proposed, map(first, people))
        self.ordered = self.order(people[0])
        self.enrolled = self.enrol(scanner)
        self.captured = self.capture(scanner)
        self.early = self.block()

    def key_of(self, by: str, owner: str, number: int = 300) -> int:
        new = key(f"{number}:{owner}")
        body = {**_named(new), "custody": "self", "types": ["*"]}
        signers = [key(first(by)), new]
        return self.write(by, "identity.key.add/1", body, signers, [("key", new.keyid)])

    def propose(self, what: dict[str, Any], **more: Any) -> int:
        body = {"organisation": node, "what": what}
        return self.write(officers[0], "identity.propose/1", body, fields=True, **more)

    def approve(self, proposal: int, ends: Any = (), decision: str = "approve", **more: Any) -> int:
        """`ends`: the keys that it touches."""
        body = {"decision": decision, "proposal": self.payload(proposal)}
        touches = [("key", one) for one in ends]
        more = {"fields": True, **more}
        return self.write(officers[1], "identity.decide/1", body, (), touches, **more)

    def dismiss(self, person: str) -> int:
        proposal = self.propose(_dismissal(person))
        return self.approve(proposal, [first(person)])

    def leave(self, person: str) -> int:
        body = {"person": person, "reason": "mistake"}
        return self.about("person.leave", person, body)

    def enrol(self, device: str, replaces: str | None = None) -> int:
        new = key(first(device))
        body = {**_named(new), "device": device, "organisation": firm, "purpose": "scanner"}
        touches = [("key", new.keyid)]
        if replaces is not None:
            body["replaces"] = replaces
            touches.append(("key", first(replaces)))
        signers = [key(first(people[0])), new]
        kind = "identity.device.enrol/1"
        return self.write(people[0], kind, body, signers, touches, fields=True)

    def about(self, kind: str, owner: str, body: dict[str, Any], *more: str) -> int:
        """By the second person, about whoever ends."""
        touches = [("key", one) for one in (first(owner), *more)]
        return self.write(people[1], f"identity.{kind}/1", body, (), touches, fields=True)

    def retire(self, device: str, **more: Any) -> int:
        return self.about("device.retire", device, {"device": device, "reason": "broken", **more})

    def stop(self, device: str) -> int:
        shown = base64.b64encode(self.leaves[self.captured]).decode()
        told = {"device": device, "first": shown, "second": shown}
        return self.about("device.suspend", device, told)

    def order(self, by: str) -> int:
        return self.write(by, order, {"number": f"PO-{len(self.leaves)}"})

    def capture(self, by: str) -> int:
        digest = "ab" * 32
        event = {
            "digest": digest, "cbv_hash": f"ni:///sha-256;{digest}?ver=CBV2.0", "items": [item],
            "type": "ObjectEvent", "time": "2026-01-05T08:00:00.000Z", "biz_step": "packing",
        }  # fmt: skip
        document = {"hash": digest, "type": "application/ld+json", "size": 1, "grade": "parties"}
        told = {"events": [event], "document": document}
        index = self.write(by, "trace.capture/1", told, stream=True)
        self.touched.setdefault(("capture", str(index)), []).append(index)
        return index

    def of(
        self, *asked: Request, without: Sequence[int] = (), only_heads: Any = None, **more: Any
    ) -> Files:
        """All entries but `without`, and the heads of all keys."""
        self.block()
        names = [name for name in self.touched if name[0] in ("key", "capture")]
        kept = [index for index in range(1, len(self.leaves)) if index not in without]
        wanted = names if only_heads is None else [*only_heads]
        return self.bundle(list(asked), kept, wanted, **more)


def cases() -> Iterator[Case]:
    yield from _beginnings()
    yield from _hidden()
    yield from _ends()
    yield from _left_out()
    yield from _never_reached()
    yield from _in_parts()
    yield from _more_than_two()
    yield from _strange()


def entry(index: int) -> Request:
    return Request.of("entry", index=index)


def of_key(reference: str) -> Request:
    return Request.of("key", key=reference)


def at(reference: str, index: int) -> Request:
    return Request.of("key-at", key=reference, index=index)


def _beginnings() -> Iterator[Case]:
    story = Lives()
    asked = (
        entry(story.captured), Request.of("custody", item=item), of_key(first(scanner)),
        at(first(scanner), story.captured), at(first(scanner), story.enrolled - 1),
    )  # fmt: skip
    yield Case("begins-enrolled", "a device's first key", pack(story.of(*asked)))
    asked = (
        entry(story.ordered), of_key(first(people[0])), at(first(people[1]), story.admitted - 1),
        Request.of("not-revoked", key=first(people[1])),
    )  # fmt: skip
    yield Case("begins-admitted", "keys of a firm's first people", pack(Lives().of(*asked)))
    outside = Lives()
    said = outside.order(scanner)
    yield Case(
        "begins-enrolled-other-type", "a device says what its class may not",
        pack(outside.of(entry(said))), "bundle-signer-not-valid",
    )  # fmt: skip
    late = Forge()
    said = late.write(scanner, "trace.capture/1", {"events": []}, stream=True)
    new = key(first(scanner))
    told = {**_named(new), "device": scanner, "organisation": firm, "purpose": "scanner"}
    mine = [key(first(root)), new]
    named = [("key", new.keyid)]
    enrolled = late.write(root, "identity.device.enrol/1", told, mine, named)
    late.block()
    yield Case(
        "begins-after", "an entry before its device was enrolled",
        pack(late.bundle([entry(said)], [said, enrolled], [("key", new.keyid)])),
        "bundle-signer-not-valid",
    )  # fmt: skip
    twice = Lives()
    twice.approve(twice.propose(_admission()), map(first, people))
    yield Case(
        "begins-twice", "the same people admitted again",
        pack(twice.of(entry(twice.ordered))), "bundle-key-refused",
    )  # fmt: skip
    yield _passkey()
    yield _governor()


def _passkey() -> Case:
    """A first person signs with a passkey."""
    story = Lives()
    device = Authenticator.of(people[0])
    told = _admission()
    (one,) = told["people"] = told["people"][:1]
    site = {"rp_id": device.rp_id, "origin": device.origin}
    made = {"key": f"301:{people[0]}", "jwk": device.public.jwk(), "custody": "hardware"}
    one["keys"] = [{**one["keys"][0], **made, "webauthn": site}]
    story.approve(story.propose(told), [f"301:{people[0]}"])
    signed = story.write(people[0], order, {"number": "PO-1"}, signers=[_renamed(device)])
    return Case("begins-passkey", "a passkey of a first person", pack(story.of(entry(signed))))


def _renamed(device: Authenticator) -> Any:
    """The authenticator under the reference 301."""
    fresh = SigningKey(f"301:{people[0]}", device.signing.private)
    return Authenticator(fresh, device.rp_id, device.origin).sign


def _governor() -> Case:
    story = Governed()
    references = [governor(name)[0] for name in three]
    act = story.witnessed()
    for reference in references:
        story.touched[("key", reference)] = [act]
    story.block()
    names = [("key", f"30{n}:{log}") for n in (0, 1)] + [("key", first(root))]
    more = [("key", references[0])]
    asked = [of_key(references[0]), at(references[0], act)]
    files = story.bundle(asked, [act], [*names, *more], note=story.checkpoint(("w1", "w3")))
    return Case("begins-governor", "a key of those who govern", pack(files))


def _hidden() -> Iterator[Case]:
    """Proposals that only their parties may read: the fields about keys are shown."""
    shown = ["/what/kind", "/what/organisation"]
    story = Lives()
    gone = story.dismiss(people[1])
    dismissal = gone - 1
    all_people = [one for one in _pointers(_admission()) if one.startswith("/what/people/")]
    parts = {
        story.proposed: [*shown, *all_people],
        story.admitted: ["/proposal", "/decision"],
        dismissal: ["/what/kind", "/what/person"],
        gone: ["/proposal", "/decision"],
    }
    asked = (
        entry(story.ordered), of_key(first(people[1])), at(first(people[1]), gone),
        at(first(people[1]), gone + 1), Request.of("not-revoked", key=first(people[0])),
    )  # fmt: skip
    yield Case("parts-of-proposals", "by the fields alone", pack(story.of(*asked, show=parts)))
    for name, index, kept, code in (
        ("kind", story.proposed, [shown[1], *all_people], "bundle-key-unknown"),
        ("second", story.proposed, [*shown, *_of(all_people, 0)], "bundle-entry-missing"),
        ("first", story.proposed, [*shown, *_of(all_people, 1)], "bundle-key-unknown"),
        ("decision", story.admitted, ["/proposal"], "bundle-key-unknown"),
        ("proposal", story.admitted, ["/decision"], "bundle-key-unknown"),
        ("person", dismissal, ["/what/kind"], None),
    ):
        story = Lives()
        story.dismiss(people[1])
        files = story.of(
            entry(story.ordered), of_key(first(people[1])), show={**parts, index: kept}
        )
        yield Case(f"parts-without-{name}", "a field that is needed is hidden", pack(files), code)
    story = Lives()
    story.dismiss(people[1])
    told = at(first(people[1]), len(story.leaves))
    files = story.of(told, show={**parts, dismissal: ["/what/kind"], gone: ["/decision"]})
    yield Case("parts-at", "and an index is asked for", pack(files), "bundle-entry-missing")


def _of(pointers: list[str], number: int) -> list[str]:
    return [one for one in pointers if one.startswith(f"/what/people/{number}/")]


def _ends() -> Iterator[Case]:
    """What was signed before the end counts, and what was signed after it does not."""
    for name, said, story, owner in _ended():
        after = story.capture(owner) if owner == scanner else story.order(owner)
        files = story.of(entry(after))
        yield Case(f"ends-{name}-signs", f"{said}, and signs", pack(files), "bundle-signer-revoked")
    for name, said, story, owner in _ended():
        before = story.captured if owner == scanner else story.ordered
        end = len(story.leaves) - 1
        asked = (
            entry(before),
            of_key(first(owner)),
            at(first(owner), end),
            at(first(owner), end + 1),
        )
        yield Case(f"ends-{name}", said, pack(story.of(*asked)))
        claim = story.of(Request.of("not-revoked", key=first(owner)))
        yield Case(f"ends-{name}-denied", f"{said}, denied", pack(claim), "bundle-key-revoked")


def _ended() -> Iterator[tuple[str, str, Lives, str]]:
    """Of each way to end: name, words, a log whose last entry is the end, and whose key ends."""
    for name, said, owner in (
        ("retired", "a device is retired", scanner),
        ("suspended", "a device's key is in two hands", scanner),
        ("replaced", "another device takes its place", scanner),
        ("left", "a person leaves", people[0]),
        ("dismissed", "a person is dismissed", people[0]),
        ("revoked", "a key is revoked", people[0]),
    ):
        story = Lives()
        if name == "retired":
            story.retire(owner, suspect_from=story.enrolled)
        elif name == "suspended":
            story.stop(owner)
        elif name == "replaced":
            story.enrol(second_scanner, owner)
        elif name == "left":
            story.leave(owner)
        elif name == "dismissed":
            story.dismiss(owner)
        else:
            told = {"key": first(owner), "reason": "left"}
            story.about("key.revoke", owner, told)
        yield name, said, story, owner


def _left_out() -> Iterator[Case]:
    for name, said, story, owner in _ended():
        end = len(story.leaves) - 1
        mine = ("key", first(owner))
        asked = of_key(first(owner))
        without = pack(story.of(asked, without=[end]))
        yield Case(f"ends-{name}-left-out", f"{said}, left out", without, "bundle-incomplete")
        kept = [index for index in story.touched[mine] if index != end]
        files = {**story.of(asked, without=[end]), **story.head(*mine, kept)}
        files.pop(layout.head_file(heads.head_key("key", first(second_scanner))), None)
        yield Case(
            f"ends-{name}-left-out-of-head", "and out of the list as well", pack(files),
            "bundle-head-differs",
        )  # fmt: skip
        files = story.of(asked, at(first(owner), end + 1))
        bare = {file: files[file] for file in files if file not in _body(end)}
        code = "bundle-key-unknown" if name == "replaced" else "bundle-entry-missing"
        yield Case(f"ends-{name}-without-body", f"{said}, without saying so", pack(bare), code)
    story = Lives()
    gone = story.dismiss(people[0])
    asked = (entry(story.ordered), of_key(first(people[0])), at(first(people[0]), gone))
    files = story.of(*asked, at(first(people[0]), gone + 1), without=[gone - 1])
    yield Case("ends-unexplained", "what was decided is left out", pack(files))
    story = Lives()
    story.dismiss(people[0])
    claim = story.of(Request.of("not-revoked", key=first(people[0])), without=[gone - 1])
    yield Case("ends-unexplained-denied", "and nothing is denied by it", pack(claim))
    story = Lives()
    asked = (entry(story.ordered),)
    files = story.of(*asked, without=[story.proposed])
    yield Case(
        "begins-unexplained", "whom it admits is left out", pack(files), "bundle-key-unknown"
    )
    files = story.of(*asked, without=[story.admitted])
    yield Case("begins-left-out", "the admission left out", pack(files), "bundle-incomplete")
    story = Lives()
    said = story.capture(scanner)
    acts = [("key", f"30{n}:{log}") for n in (0, 1)] + [("key", first(root))]
    files = story.of(entry(said), without=[story.enrolled], only_heads=acts)
    yield Case("begins-no-device", "the enrolment left out", pack(files), "bundle-key-unknown")
    story = Lives()
    story.stop(scanner)
    headless = story.of(entry(story.captured), of_key(first(scanner)), only_heads=acts)
    yield Case("ends-suspended-without-head", "of whose keys no head tells", pack(headless))


def _never_reached() -> Iterator[Case]:
    """What was proposed and never came to pass does nothing."""
    nothing = dict[str, Any]()
    for name, said, made in (
        ("refused", "a dismissal that was refused", {"decision": "refuse"}),
        ("withdrawn", "a dismissal that was withdrawn", {"decision": "withdraw"}),
        ("only-recorded", "an approval that the log only recorded as refused", {"stream": True}),
        ("proposed", "a dismissal that nobody answered", None),
    ):
        story = Lives()
        proposal = story.propose(_dismissal(people[0]))
        if made is not None:
            story.approve(proposal, **{**nothing, **made})
        after = story.order(people[0])
        asked = (entry(after), of_key(first(people[0])), at(first(people[0]), after))
        yield Case(f"stays-{name}", said, pack(story.of(*asked)))
    for name, said, made in (
        ("refused", "an admission that was refused", {"decision": "refuse"}),
        ("only-recorded", "an approval that the log only recorded as refused", {"stream": True}),
        ("proposed", "an admission that nobody answered", None),
    ):
        story, new = Lives(), "99.100/P-NEVER00000001"
        proposal = story.propose(_admission(new))
        if made is not None:
            story.approve(proposal, **{**nothing, **made})
        files = story.of(entry(story.order(new)))
        yield Case(f"never-{name}", said, pack(files), "bundle-key-unknown")
    story = Lives()
    retired = story.write(
        people[1], "identity.device.retire/1", {"device": scanner, "reason": "lost"}, stream=True
    )
    after = story.capture(scanner)
    asked = (entry(after), at(first(scanner), retired + 1))
    yield Case("stays-retired", "a retirement that the log only recorded", pack(story.of(*asked)))
    story = Lives()
    suspension = {"kind": "suspend", "organisation": firm, "reason": "request"}
    done = story.approve(story.propose(suspension))
    away = {"person": people[0], "reason": "absent"}
    story.write(people[1], "identity.person.suspend/1", away)
    asked = (entry(story.order(people[0])), at(first(people[0]), done + 1))
    yield Case("stays-suspended", "a firm and a person are suspended", pack(story.of(*asked)))


def _in_parts() -> Iterator[Case]:
    """Fields of an entry that has to show its body say nothing of keys."""
    story = Lives()
    retired = story.retire(scanner)
    show = {retired: ["/reason"]}
    asked = (entry(story.captured), entry(retired), of_key(first(scanner)))
    yield Case(
        "parts-of-retirement", "one field of a retirement", pack(story.of(*asked, show=show))
    )
    story = Lives()
    show = {story.enrolled: ["/device"]}
    files = story.of(entry(story.captured), show=show)
    yield Case("parts-of-enrolment", "one field of it", pack(files), "bundle-key-unknown")


def _more_than_two() -> Iterator[Case]:
    """Where an approval completes nothing, the heads of the keys do not list it."""
    story = Lives()
    proposal = story.propose(_dismissal(people[0]))
    waiting = story.approve(proposal)
    between = story.order(people[0])
    story.approve(proposal, [first(people[0])])
    asked = (entry(between), at(first(people[0]), waiting + 1), of_key(first(people[0])))
    yield Case("ends-second", "a dismissal that took a third person", pack(story.of(*asked)))
    story, new = Lives(), "99.100/P-NEVER00000001"
    proposal = story.propose(_admission(new))
    story.approve(proposal)
    early = story.order(new)
    story.approve(proposal, [first(new)])
    files = story.of(entry(early))
    yield Case(
        "begins-early", "an order before it was done", pack(files), "bundle-signer-not-valid"
    )
    story = Lives()
    proposal = story.propose(_admission(new))
    story.approve(proposal)
    story.approve(proposal, [first(new)])
    asked = (entry(story.order(new)), of_key(first(new)))
    yield Case("begins-second", "an admission that took a third person", pack(story.of(*asked)))


def _strange() -> Iterator[Case]:
    """Decisions and heads that do not fit each other, as only an operator could write them."""
    story = Lives()
    other = story.propose(_dismissal(people[1]))
    story.approve(other, [first(people[0])])
    asked = (of_key(first(people[0])), at(first(people[0]), len(story.leaves)))
    yield Case("other-proposal", "the key of another person lists it", pack(story.of(*asked)))
    story = Lives()
    body = {"decision": "approve", "proposal": "ab" * 32}
    touches = [("key", first(people[0]))]
    story.write(officers[1], "identity.decide/1", body, (), touches)
    asked = (of_key(first(people[0])), at(first(people[0]), len(story.leaves)))
    yield Case("no-proposal", "a hash that names no entry", pack(story.of(*asked)))
    story = Lives()
    proposal = story.order(people[0])
    story.approve(proposal, [first(people[0])])
    asked = (of_key(first(people[0])), at(first(people[0]), len(story.leaves)))
    yield Case("proposal-of-another-type", "a hash that names an order", pack(story.of(*asked)))
    story = Lives()
    story.retire(scanner)
    story.about("device.retire", scanner, {"device": scanner, "reason": "stolen"})
    asked = (of_key(first(scanner)), at(first(scanner), len(story.leaves)))
    yield Case("ends-twice", "a device that is retired twice", pack(story.of(*asked)))
    story = Lives()
    story.about("device.retire", scanner, {"device": scanner, "reason": "bored"})
    yield Case(
        "ends-out-of-form", "a reason that nobody knows", pack(story.of(of_key(first(scanner)))),
        "bundle-key-refused",
    )  # fmt: skip
    story = Lives()
    what = {**_dismissal(people[0]), "note": "said later"}
    gone = story.approve(story.propose(what), [first(people[0])])
    asked = (of_key(first(people[0])), at(first(people[0]), gone + 1))
    yield Case("ends-with-more", "a later form of a dismissal", pack(story.of(*asked)))
    story = Lives()
    story.touched[("key", first(scanner))] = [story.ordered]
    asked = (
        entry(story.captured),
        at(first(scanner), story.enrolled),
        at(first(scanner), story.captured),
    )
    yield Case("begins-unlisted", "a head that does not list the beginning", pack(story.of(*asked)))
    unknown = Lives()
    unknown.about("device.forget", scanner, {"device": scanner})
    asked = (of_key(first(scanner)), at(first(scanner), len(unknown.leaves)))
    yield Case(
        "ends-unknown-type", "a type that this format does not name", pack(unknown.of(*asked))
    )


def _admission(*handles: str) -> dict[str, Any]:
    chosen = handles or people
    roles = (["administrator"], ["security-administrator"])
    return {
        "kind": "admit", "organisation": firm, "name": {"en": "Admitted", "zh": "新加入"},
        "scheme": "none", "capacities": ["supplier"],
        "people": [_person(one, roles[number % 2]) for number, one in enumerate(chosen)],
    }  # fmt: skip


def _person(handle: str, roles: list[str]) -> dict[str, Any]:
    signing = key(first(handle))
    told = _named(signing)
    message = possession_message(origin, firm, handle, roles, told["key"], told["jwk"])
    possession = {"sig": base64.b64encode(signing.private.sign(message)).decode()}
    return {
        "person": handle, "roles": roles,
        "keys": [{**told, "custody": "self", "possession": possession}],
    }  # fmt: skip


def _dismissal(person: str) -> dict[str, Any]:
    return {"kind": "dismiss", "person": person, "reason": "dismissed"}


def _named(signing: SigningKey) -> dict[str, Any]:
    return {"key": signing.keyid, "jwk": signing.private.public.jwk()}


def _pointers(what: dict[str, Any]) -> list[str]:
    return list(fields_of(canonical.encode({"what": what})))


def _body(index: int) -> tuple[str, str]:
    return layout.body_file(index), layout.salt_file(index)
