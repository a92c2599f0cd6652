"""A log made by hand, honest or not: any entries, any map of heads, signed with the log's real keys.

An operator can write what a node would refuse; verifiers of bundles must catch it. Everything follows from
seeds, so that the files made of it are the same in every run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.ledger.authenticator import Signer
from tests.ledger.world import key, log, root

from tallystick.ledger import (
    Block,
    Checkpoint,
    Entry,
    Envelope,
    Genesis,
    NamedKey,
    ProofFile,
    SigningKey,
    Verifier,
    acts_head,
    body_hash,
    canonical,
    heads,
    instant,
    leaf_hash,
    merkle,
    new_id,
    no_prev,
    pae,
    payload_hash,
    public_salt,
    sign_entry,
    suites,
    witness,
)
from tallystick.ledger.bundle import Manifest, Request, Shown, layout
from tallystick.ledger.disclosure import fields_root
from tallystick.ledger.governance import GovernanceKey

origin = "log.example/bundles/simulated"
begin_ms = 1_767_600_000_000
Name = tuple[str, str]


#: By name in the policy; the keyid is the name in the note.
witnesses = {
    name: SigningKey(f"witness.example/{name}", key(f"1:witness/{name}").private)
    for name in ("w1", "w2", "w3")
}


def cosigner(name: str) -> witness.Cosigner:
    return witness.Cosigner(witnesses[name].keyid, witnesses[name].private.public)


policy = "".join(f"witness {name} {cosigner(name).encode()}\n" for name in ("w1", "w2", "w3"))
policy += "group two 2 w1 w2 w3\nquorum two\n"


@dataclass
class Forge:
    """The log: leaves, bodies, salts, and which names each entry touches."""

    policy: str = policy
    governors: tuple[GovernanceKey, ...] | None = None
    cosigners: Mapping[str, SigningKey] = field(default_factory=lambda: dict(witnesses))
    log_key: SigningKey = field(default_factory=lambda: key(f"300:{log}"))
    leaves: list[bytes] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    salts: list[bytes] = field(default_factory=list)
    touched: dict[Name, list[int]] = field(default_factory=dict)
    streams: dict[str, tuple[int, str]] = field(default_factory=dict)
    blocks: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        named = (self.log_key, key(f"301:{log}"), key(f"300:{root}"))
        body = Genesis(
            origin=origin,
            log=log,
            log_key=_named(named[0]),
            receipt_key=_named(named[1]),
            root=root,
            root_name={"en": "Root", "zh": "根"},
            root_key=_named(named[2]),
            rules="tallystick/rules/1",
            policy=self.policy,
            suites=suites,
            governance=self.governors,
        )
        touches = [("key", one.keyid) for one in named] + [("organisation", root)]
        data = body.model_dump(mode="json", exclude_none=True)
        self.write(root, "ledger.genesis/1", data, named, touches, salt=public_salt)

    def write(
        self,
        author: str,
        entry_type: str,
        body: Any,
        keys: Sequence[SigningKey] = (),
        touches: Iterable[Name] = (),
        *,
        salt: bytes | None = None,
        stream: bool = False,
        fields: bool = False,
        root: str | None = None,
        signers: Sequence[Signer] = (),
    ) -> int:
        """An entry, signed with these keys (by default the author's 300), at the returned index.

        `signers`: what signs in place of keys. `root`: what it says in place of its `fields_root`.
        """
        index = len(self.leaves)
        data, own = canonical.encode(body), salt or self._seeded("salt", index, 32)
        seq, prev = self.streams.get(author, (0, no_prev)) if stream else (None, None)
        entry = Entry(
            origin,
            entry_type,
            author,
            new_id(begin_ms + index, self._seeded("id", index, 10)),
            instant(begin_ms + index),
            body_hash(own, data),
            fields_root=fields_root(own, data) if fields else root,
            seq=seq,
            prev=prev,
        )
        leaf = _signed(entry, signers) if signers else sign_entry(entry, keys or [_own(author)])
        if seq is not None:
            self.streams[author] = (seq + 1, payload_hash(leaf).hex())
        self.leaves.append(leaf)
        self.bodies.append(data)
        self.salts.append(own)
        for name in touches:
            self.touched.setdefault(name, []).append(index)
        return index

    def block(self, heads_root: bytes | None = None) -> int:
        """A block over all before it."""
        index = len(self.leaves)
        body = Block(
            height=len(self.blocks),
            size=index,
            root=self.root().hex(),
            time=instant(begin_ms + 1000 * index),
            state="0" * 64,
            heads=(self.heads_root() if heads_root is None else heads_root).hex(),
        )
        self.blocks.append(index)
        data = body.model_dump(mode="json")
        return self.write(
            log, "ledger.block/1", data, [self.log_key], salt=public_salt, stream=True
        )

    def payload(self, index: int) -> str:
        """Hex hash of what was signed: how other entries name it."""
        return payload_hash(self.leaves[index]).hex()

    def leaf_hash(self, index: int) -> bytes:
        return leaf_hash(self.leaves[index])

    def root(self) -> bytes:
        return self._frontier(len(self.leaves)).root()

    def heads_root(self) -> bytes:
        return heads.root(self._pages())

    def checkpoint(self, cosigned: Sequence[str] = ("w1", "w3")) -> str:
        """The note over all leaves, which must end in a block, cosigned by these witnesses."""
        signed = Checkpoint(origin, len(self.leaves), self.root()).sign(self.log_key.private)
        lines = [
            witness.cosign(signed.text, by.keyid, by.private, 1_767_700_000)
            for by in (self.cosigners[name] for name in cosigned)
        ]
        return signed.adding(lines).encode()

    @property
    def verifier(self) -> Verifier:
        return Verifier(origin, self.log_key.private.public)

    def head(self, kind: str, name: str, indexes: Sequence[int] | None = None) -> dict[str, bytes]:
        """The file of a head; `indexes` says others than the map does."""
        _, proof = heads.prove(self._pages(), heads.head_key(kind, name))
        listed = self.touched.get((kind, name), []) if indexes is None else indexes
        told = heads.HeadProof(kind, name, tuple(self.leaf_hash(i) for i in listed), proof)
        file = layout.head_file(heads.head_key(kind, name))
        return {file: canonical.encode(told.document())}

    def entry_files(
        self, index: int, note: str, *, body: bool = True, show: Sequence[str] = ()
    ) -> dict[str, bytes]:
        path = merkle.inclusion_proof(self._node, index, len(self.leaves))
        files = {
            layout.entry_file(index): self.leaves[index],
            layout.proof_file(index): ProofFile(index, tuple(path), note).encode().encode(),
        }
        if show:
            shown = Shown.of(self.salts[index], self.bodies[index], show)
            files[layout.disclosure_file(index)] = shown.encode()
        elif body:
            files[layout.body_file(index)] = self.bodies[index]
            files[layout.salt_file(index)] = self.salts[index]
        return files

    def bundle(
        self,
        requests: Sequence[Request],
        indexes: Iterable[int],
        names: Iterable[Name] = (),
        *,
        note: str | None = None,
        show: dict[int, Sequence[str]] | None = None,
    ) -> dict[str, bytes]:
        """The files of a bundle that holds these entries and heads, genesis and the last block."""
        checkpoint = self.checkpoint() if note is None else note
        files = {
            layout.manifest_file: Manifest(origin, tuple(requests)).encode(),
            layout.checkpoint_file: checkpoint.encode(),
            layout.policy_file: self.policy.encode(),
        }
        shown = show or {}
        for index in {0, *indexes, len(self.leaves) - 1}:
            files |= self.entry_files(index, checkpoint, show=shown.get(index, ()))
        for kind, name in (*names, acts_head):
            files |= self.head(kind, name)
        return files

    def _pages(self) -> heads.MemoryPages:
        values = {
            heads.head_key(*name): heads.head_value(
                len(indexes), heads.fold(self.leaf_hash(index) for index in indexes)
            )
            for name, indexes in self.touched.items()
        }
        pages = heads.MemoryPages()
        pages.pages.update(heads.update(pages, values)[1])
        return pages

    def _frontier(self, size: int) -> merkle.Frontier:
        frontier = merkle.Frontier()
        for index in range(size):
            frontier.append(self.leaf_hash(index))
        return frontier

    def _node(self, level: int, n: int) -> bytes:
        span = range(n << level, (n + 1) << level)
        return merkle.subtree_root(b"".join(self.leaf_hash(index) for index in span))

    def _seeded(self, what: str, index: int, size: int) -> bytes:
        return hashlib.shake_256(f"{what}/{index}".encode()).digest(size)


def _own(author: str) -> SigningKey:
    return key(f"300:{author}")


def _signed(entry: Entry, signers: Sequence[Signer]) -> bytes:
    message = pae(entry.payload())
    return Envelope(entry.payload(), tuple(sign(message) for sign in signers)).encode()


def _named(signing: SigningKey) -> NamedKey:
    return NamedKey(key=signing.keyid, jwk=signing.private.public.jwk())
