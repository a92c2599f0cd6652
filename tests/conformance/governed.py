"""Bundles of logs whose policy, rule set or operator changed, honest and false; cases as in `bundles`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.conformance.bundles import Case, Files
from tests.conformance.forge import Forge, origin, policy
from tests.ledger.world import key, log, root

from tallystick.ledger import Checkpoint, NamedKey, Note, PrivateKey, acts_head, governance
from tallystick.ledger.bundle import Request, layout, pack

none = "quorum none\n"
new_log, new_receipt = f"310:{log}", f"311:{log}"
three = ("w1", "w2", "w3")


def governor(name: str) -> tuple[str, PrivateKey]:
    reference = f"300:99/G-{name.upper()}"
    return reference, key(reference).private


class Governed(Forge):
    """A log of policy `none`, which its root authority governs."""

    def __init__(self, **more: Any) -> None:
        super().__init__(policy=none, **more)
        self.acts: list[int] = []

    def act(self, entry_type: str, told: dict[str, Any], *signers: str, **more: Any) -> int:
        """The next act, signed by the root's key (`root`) or witnesses' governance keys."""
        body = {"number": len(self.acts) + 1, **told}
        message = governance.act_bytes(origin, entry_type, body)
        keys = [
            (f"300:{root}", key(f"300:{root}").private) if name == "root" else governor(name)
            for name in signers
        ]
        body["signatures"] = [{"key": ref, "sig": one.sign(message).hex()} for ref, one in keys]
        self.acts.append(self.write(root, entry_type, body, touches=[acts_head], **more))
        return self.acts[-1]

    def witnessed(self, text: str = policy, *signers: str) -> int:
        """Three witnesses from the next entry on."""
        named = [governance.name_key(governor(n)[1], origin, n, governor(n)[0]) for n in three]
        told = {"policy": text, "governance": [one.model_dump(mode="json") for one in named]}
        index = self.act("ledger.policy/1", told, *(signers or ("root",)))
        self.policy = text
        return index

    def epoch(
        self, *signers: str, stopped: list[dict[str, Any]] | None = None, **change: Any
    ) -> int:
        """A new operator from here on."""
        told = {
            "size": len(self.leaves), "root": self.root().hex(), "stopped": stopped or [],
            "log_key": _named(new_log), "receipt_key": _named(new_receipt), **change,
        }  # fmt: skip
        fresh = [key(new_log), key(new_receipt)]
        index = self.act("ledger.epoch/1", told, *signers, keys=fresh)
        self.touched.setdefault(("key", new_log), []).append(index)
        self.log_key = key(new_log)
        return index

    def stopped(self, name: str) -> dict[str, Any]:
        """The statement of a witness that cosigned the newest checkpoint."""
        signed = Note.parse(self.checkpoint([name]))
        who = f"witness.example/{name}"
        told = governance.StopStatement(self.verifier, Checkpoint.parse(signed.text))
        statement = told.sign(who, key(f"1:witness/{name}").private).encode()
        return {"statement": statement, "checkpoint": signed.encode(), "consistency": []}

    def files(self, *left_out: int) -> Files:
        """Of the last block, with all acts but some."""
        self.block()
        names = [("key", f"{number}:{log}") for number in (300, 301)] + [("key", f"300:{root}")]
        names += [("key", new_log)] if ("key", new_log) in self.touched else []
        kept = [index for index in self.acts if index not in left_out]
        asked = [
            Request.of("entry", index=len(self.leaves) - 1),
            Request.of("key", key=f"300:{log}"),
        ]
        note = self.checkpoint(() if self.policy == none else ("w1", "w3"))
        return self.bundle(asked, kept, names, note=note)


def cases() -> Iterator[Case]:
    yield from _policies()
    yield from _epochs()


def _policies() -> Iterator[Case]:
    made = Governed()
    act = made.witnessed()
    files = made.files()
    yield Case("governed-policy", "a log that took witnesses", pack(files))
    weak = pack({**files, layout.policy_file: none.encode()})
    yield Case("governed-older-policy", "the policy of before", weak, "bundle-policy-replaced")
    bare = {
        k: v for k, v in files.items() if k not in (layout.body_file(act), layout.salt_file(act))
    }
    yield Case("governed-act-without-body", "an act without its body, and the policy of before",
               pack({**bare, layout.policy_file: none.encode()}), "bundle-chain-refused")  # fmt: skip
    gone = Governed()
    gone.witnessed()
    gone.policy = none
    yield Case("governed-act-left-out", "an act left out", pack(gone.files(*gone.acts)), "bundle-incomplete")  # fmt: skip
    later = Governed()
    later.witnessed()
    later.witnessed("# again\n" + policy, "w1", "w2")
    later.act("ledger.rules/1", {"rules": "tallystick/rules/2"}, "w2", "w3")
    yield Case("governed-thrice", "two policies and a rule set", pack(later.files()))
    one = Governed()
    one.witnessed()
    one.witnessed("# again\n" + policy, "w1")
    yield Case(
        "governed-no-quorum", "one governor of three", pack(one.files()), "bundle-chain-refused"
    )
    false = Governed()
    false.witnessed()
    false.acts.append(0)
    false.witnessed("# again\n" + policy, "w1", "w2")
    false.acts.remove(0)
    yield Case("governed-number", "a number left out", pack(false.files()), "bundle-chain-refused")
    soon = Governed()
    soon.act("ledger.rules/1", {"rules": "tallystick/rules/2", "from_index": 1}, "root")
    yield Case(
        "governed-too-late", "in force from before", pack(soon.files()), "bundle-chain-refused"
    )
    nobody = Forge()
    body = {"number": 1, "signatures": [], "rules": "tallystick/rules/2"}
    index = nobody.write(root, "ledger.rules/1", body, touches=[acts_head])
    nobody.block()
    names = [("key", f"300:{root}")]
    files = nobody.bundle([Request.of("entry", index=index)], [index], names)
    yield Case("governed-by-nobody", "a log without governance keys", pack(files), "bundle-chain-refused")  # fmt: skip


def _epochs() -> Iterator[Case]:
    made = Governed()
    made.block()
    made.epoch("root")
    files = made.files()
    yield Case("epoch-by-root", "a new operator, the old key pinned", pack(files))
    yield Case("epoch-new-key", "a new operator, the new key pinned", pack(files), None,
               {"log_key": made.verifier.encode()})  # fmt: skip
    old = Governed()
    old.block()
    old.epoch("root")
    old.block()
    old.log_key = key(f"300:{log}")
    note = old.checkpoint(())
    names = [("key", f"{number}:{log}") for number in (300, 301, 310)] + [("key", f"300:{root}")]
    asked = [Request.of("entry", index=0)]
    back = old.bundle(asked, old.acts, names, note=note)
    yield Case("epoch-old-key", "the lost operator signs on", pack(back), "bundle-wrong-log-key")
    again = Governed()
    again.epoch("root", log_key=_named(f"300:{log}"))
    yield Case("epoch-no-fresh-key", "an epoch under the old key", pack(again.files()), "bundle-chain-refused")  # fmt: skip
    yield from _stopped()


def _stopped() -> Iterator[Case]:
    def witnessed() -> Governed:
        made = Governed()
        made.witnessed()
        made.block()
        return made

    made = witnessed()
    made.epoch("w1", "w3", stopped=[made.stopped("w1"), made.stopped("w3")])
    yield Case("epoch-by-witnesses", "two witnesses stopped, and govern", pack(made.files()))
    few = witnessed()
    few.epoch("w1", "w3", stopped=[few.stopped("w1")])
    yield Case("epoch-one-stopped", "one of two stopped", pack(few.files()), "bundle-chain-refused")
    twice = witnessed()
    twice.epoch("w1", "w3", stopped=[twice.stopped("w1")] * 2)
    yield Case("epoch-stopped-twice", "one statement twice", pack(twice.files()), "bundle-chain-refused")  # fmt: skip
    later = witnessed()
    told = [later.stopped("w1"), later.stopped("w3")]
    later.block()
    later.epoch("w1", "w3", stopped=told)
    yield Case("epoch-elsewhere", "not where they stopped", pack(later.files()), "bundle-chain-refused")  # fmt: skip
    forged = witnessed()
    statement = forged.stopped("w1")
    statement["checkpoint"] = statement["checkpoint"].replace(f"{origin}\n", f"{origin}x\n")
    forged.epoch("w1", "w3", stopped=[statement, forged.stopped("w3")])
    yield Case("epoch-forged-checkpoint", "another checkpoint beside a statement", pack(forged.files()), "bundle-chain-refused")  # fmt: skip


def _named(reference: str) -> dict[str, Any]:
    named = NamedKey(key=reference, jwk=key(reference).private.public.jwk())
    found: dict[str, Any] = json.loads(named.encode())
    return found
