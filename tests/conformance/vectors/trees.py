"""Vectors of formats §3: proofs, notes, checkpoints, policies with cosignatures, proof files, heads."""

from __future__ import annotations

from typing import Any

from tests.conformance.vectors.made import (
    Cases,
    Fixed,
    Tree,
    b64,
    digest,
    flipped,
    hexes,
    origin,
    second_s,
)

from tallystick.ledger import ED25519, Checkpoint, Note, PublicKey, Verifier, heads, merkle, witness
from tallystick.ledger.checkpoint import ProofFile
from tallystick.ledger.note import NoteSignature, sign_note

sizes = (1, 2, 3, 7, 8, 9, 64, 65)
log_key, other_key = Fixed.of("log"), Fixed.of("another log")
log, other = Verifier(origin, log_key.public), Verifier(origin, other_key.public)
witness_keys = {name: Fixed.of(name) for name in ("w1", "w2", "w3", "w4", "w5")}


def inclusion() -> Cases:
    cases = Cases(
        "given: leaf (hex hash), index, size (decimal), path, root. It is proven, or refused."
    )

    def given(leaf: bytes, index: int, size: int, path: list[bytes], root: bytes) -> dict[str, Any]:
        return {"leaf": leaf.hex(), "index": str(index), "size": str(size), "path": hexes(path), "root": root.hex()}  # fmt: skip

    for size in sizes:
        tree = Tree(size)
        for index in sorted({0, 1, size // 2, size - 2, size - 1} & set(range(size))):
            leaf, path, root = tree.hashes[index], tree.inclusion(index), tree.root()
            where = f"{index} of {size}"
            cases.accept(where, given(leaf, index, size, path, root))
            wrong = {
                "another leaf": (flipped(leaf), index, size, path, root),
                "another root": (leaf, index, size, path, flipped(root, 31)),
                "one hash more": (leaf, index, size, [*path, root], root),
                "beyond the tree": (leaf, size, size, path, root),
                "a larger tree": (leaf, index, size * 2, path, root),
            }
            if path:
                wrong["one hash less"] = (leaf, index, size, path[:-1], root)
                wrong["a changed hash"] = (leaf, index, size, [flipped(path[0]), *path[1:]], root)
                wrong["its neighbour"] = (leaf, index ^ 1, size, path, root)
            for name, values in wrong.items():
                cases.refuse(f"{where}: {name}", given(*values), "proof-refused")
    far = 2**62
    cases.accept("a tree of 2^62", given(*_far(far - 1, far)))
    cases.refuse("a tree of 2^62, another index", given(*_far(far - 1, far)) | {"index": str(far - 2)}, "proof-refused")  # fmt: skip
    return cases


def _far(index: int, size: int) -> tuple[bytes, int, int, list[bytes], bytes]:
    """A leaf in a tree that nobody has, by its path alone."""
    leaf, path = digest(b"far"), [digest(b"%d" % level) for level in range(62)]
    node = leaf
    for sibling in path:
        node = merkle.node_hash(sibling, node)
    return leaf, index, size, path, node


def consistency() -> Cases:
    cases = Cases(
        "given: first, second (decimal), root1, root2, path. The one extends the other, or it is refused."
    )

    def given(
        first: int, second: int, path: list[bytes], root1: bytes, root2: bytes
    ) -> dict[str, Any]:
        return {"first": str(first), "second": str(second), "path": hexes(path), "root1": root1.hex(), "root2": root2.hex()}  # fmt: skip

    whole = Tree(max(sizes))
    for second in sizes:
        for first in sorted({1, 2, second // 2, second - 1, second} & set(range(1, second + 1))):
            path, root1, root2 = (
                whole.consistency(first, second),
                whole.root(first),
                whole.root(second),
            )
            where = f"{first} to {second}"
            cases.accept(where, given(first, second, path, root1, root2))
            wrong = {
                "another old root": (first, second, path, flipped(root1), root2),
                "another new root": (first, second, path, root1, flipped(root2)),
                "one hash more": (first, second, [*path, root1], root1, root2),
                "from nothing": (0, second, path, root1, root2),
                "backwards": (second + 1, second, path, root1, root2),
            }
            if path:
                wrong["one hash less"] = (first, second, path[:-1], root1, root2)
                wrong["a changed hash"] = (
                    first,
                    second,
                    [flipped(path[0]), *path[1:]],
                    root1,
                    root2,
                )
                wrong["no path"] = (first, second, [], root1, root2)
            for name, values in wrong.items():
                cases.refuse(f"{where}: {name}", given(*values), "proof-refused")
    return cases


def verifier_keys() -> Cases:
    cases = Cases("given: use (log or witness), vkey; gives name and key_id, or is refused.")
    cosigner = witness.Cosigner("见证人.example/w1", log_key.public)
    good = log.encode()
    cases.accept("of a log", {"use": "log", "vkey": good}, name=origin, key_id=log.key_id.hex())
    cases.accept("with blanks around", {"use": "log", "vkey": f" {good}\n"}, name=origin, key_id=log.key_id.hex())  # fmt: skip
    cases.accept("of a witness", {"use": "witness", "vkey": cosigner.encode()}, name=cosigner.name, key_id=cosigner.key_id.hex())  # fmt: skip
    small = Verifier(origin, PublicKey(ED25519, (1).to_bytes(32, "little"))).encode()
    for name, use, vkey in (
        ("a log as a witness", "witness", good), ("a witness as a log", "log", cosigner.encode()),
        ("nothing", "log", ""), ("no key", "log", origin), ("another key id", "log", good.replace(log.key_id.hex(), "00000000")),
        ("key id in capitals", "log", good.replace(log.key_id.hex(), log.key_id.hex().upper())),
        ("a blank in the name", "log", good.replace("log.", "log .")), ("no name", "log", good.removeprefix(origin)),
        ("a changed name", "log", good.replace("log.", "lag.")), ("a short key", "log", good[:-4]), ("stray bits", "log", good[:-1] + "*"),
        ("a key of small order", "log", small),
    ):  # fmt: skip
        cases.refuse(name, {"use": use, "vkey": vkey}, "verifier-key-refused")
    return cases


def notes() -> Cases:
    cases = Cases(
        "given: note (base64), vkeys of logs; gives text and the names that signed, or is refused."
    )
    good = sign_note("hello\n\nworld\n", origin, log_key)
    unknown = NoteSignature("谁.example", b"\1\2\3\4", bytes(64))
    known = [log.encode(), Verifier("second.example", other_key.public).encode()]

    def given(data: str | bytes) -> dict[str, Any]:
        return {"note": b64(data if isinstance(data, bytes) else data.encode()), "vkeys": known}

    cases.accept("good", given(good.encode()), text=good.text, signed=[origin])
    cases.accept("with an unknown signer", given(good.adding([unknown]).encode()), text=good.text, signed=[origin])  # fmt: skip
    stranger = Note(good.text, (unknown,))
    cases.accept("by nobody known", given(stranger.encode()), text=good.text, signed=[])
    both = good.adding(sign_note(good.text, "second.example", other_key).signatures)
    cases.accept("by two", given(both.encode()), text=good.text, signed=[origin, "second.example"])
    many = Note(good.text, tuple(NoteSignature(f"s{n}", bytes(4), bytes(64)) for n in range(64)))
    cases.accept("64 signatures", given(many.encode()), text=good.text, signed=[])
    cases.refuse("65 signatures", given(many.adding(good.signatures).encode()), "note-too-large")
    false = NoteSignature(origin, log.key_id, bytes(64))
    cases.refuse("a known signer that fails", given(Note(good.text, (false,)).encode()), "note-signature-fails")  # fmt: skip
    cases.refuse("good, and false too", given(Note(good.text, (*good.signatures, false)).encode()), "note-signature-fails")  # fmt: skip
    cases.refuse(
        "a changed text", given(good.encode().replace("hello", "hallo")), "note-signature-fails"
    )
    shown = good.encode()
    for name, data in {
        "nothing": "", "no signatures": "hello\n\n", "no empty line": "hello\n", "no last newline": shown[:-1],
        "a control character": shown.replace("hello", "hel\tlo"), "a return": shown.replace("\n", "\r\n"), "a hyphen": shown.replace("\u2014", "-"),
        "a name with plus": shown.replace(f"\u2014 {origin}", "\u2014 a+b"), "no name": shown.replace(f"\u2014 {origin}", "\u2014 "),
        "a name of 256 bytes": shown.replace(f"\u2014 {origin}", "\u2014 " + "x" * 256), "base64 with a blank": shown[:-1] + " \n",
        "base64 without padding": shown.rstrip("\n").rstrip("=") + "\n", "four bytes": f"hello\n\n\u2014 x {b64(b'1234')}\n",
        "no base64": "hello\n\n\u2014 x !\n", "an empty line at the end": shown + "\n",
    }.items():  # fmt: skip
        cases.refuse(name, given(data), "note-refused")
    cases.refuse("no UTF-8", given(shown.encode() + b"\xff"), "note-refused")
    cases.refuse("larger than is read", given("x" * 100_000 + shown), "note-too-large")
    return cases


def checkpoints() -> Cases:
    cases = Cases(
        "given: note (text), vkey of the log; gives origin, size, root (hex), or is refused."
    )
    root = Tree(7).root()
    good = Checkpoint(origin, 7, root)

    def given(text: str, key: Fixed = log_key, name: str = origin) -> dict[str, Any]:
        return {"note": sign_note(text, name, key).encode(), "vkey": log.encode()}

    for size in (0, 1, 7, 10**18):
        text = Checkpoint(origin, size, root).text()
        cases.accept(f"of size {size}", given(text), origin=origin, size=str(size), root=root.hex())
    signed = given(good.text())
    cases.refuse("by another key", given(good.text(), other_key), "checkpoint-refused")
    cases.refuse(
        "of another log", given(good.text().replace("log.", "lag."), log_key), "checkpoint-refused"
    )
    changed = signed["note"].replace("\n7\n", "\n8\n")
    cases.refuse("a changed size", signed | {"note": changed}, "checkpoint-refused")
    cases.refuse("no note", signed | {"note": good.text()}, "checkpoint-refused")
    lines = good.text().split("\n")
    for name, text in {
        "an extension": good.text() + "more\n", "two lines": "\n".join(lines[:2]) + "\n", "a size with zero": good.text().replace("\n7\n", "\n07\n"),
        "a size below zero": good.text().replace("\n7\n", "\n-7\n"), "a size of 20 digits": good.text().replace("\n7\n", "\n" + "9" * 20 + "\n"),
        "a wide digit": good.text().replace("\n7\n", "\n\uff17\n"), "a short root": good.text().replace(lines[2], b64(root[:31])),
        "a root without padding": good.text().replace(lines[2], lines[2].rstrip("=")), "no origin": "\n" + "\n".join(lines[1:]),
    }.items():  # fmt: skip
        cases.refuse(name, given(text), "checkpoint-refused")
    return cases


def proof_files() -> Cases:
    cases = Cases(
        "given: proof (text), leaf (hex hash), vkey; gives index and size, or is refused."
    )
    tree = Tree(11)
    signed = Checkpoint(origin, 11, tree.root()).sign(log_key).encode()

    def given(text: str, index: int = 6) -> dict[str, Any]:
        return {"proof": text, "leaf": tree.hashes[index].hex(), "vkey": log.encode()}

    def file(index: int = 6, extra: bytes = b"") -> str:
        return ProofFile(index, tuple(tree.inclusion(index)), signed, extra).encode()

    for index in (0, 6, 10):
        cases.accept(f"leaf {index}", given(file(index), index), index=str(index), size="11")
    cases.accept("with an extra line", given(file(extra=b"beside")), index="6", size="11")
    alone = ProofFile(0, (), Checkpoint(origin, 1, Tree(1).root()).sign(log_key).encode()).encode()
    cases.accept("a tree of one", given(alone, 0), index="0", size="1")
    good = file()
    for name, text in {
        "nothing": "", "another header": good.replace("@v1", "@v2"), "no index": good.replace("index 6\n", ""),
        "an index with zero": good.replace("index 6", "index 06"), "an index with a blank": good.replace("index 6", "index  6"),
        "no checkpoint": good.partition("\n\n")[0], "a short hash": good.replace("index 6\n", "index 6\nAAAA\n"),
        "64 hashes": good.replace("index 6\n", "index 6\n" + (b64(bytes(32)) + "\n") * 64), "an empty extra line": good.replace("index", "extra \nindex", 1),
        "extra that is no base64": good.replace("index", "extra !\nindex", 1), "larger than is read": good + "x" * 200_000,
        "returns": good.replace("\n", "\r\n"),
    }.items():  # fmt: skip
        cases.refuse(name, given(text), "proof-file-refused")
    cases.refuse("another leaf", given(good, 7), "proof-refused")
    cases.refuse("another index", given(good.replace("index 6", "index 7")), "proof-refused")
    cases.refuse(
        "another checkpoint", given(good.replace("\n11\n", "\n12\n")), "checkpoint-refused"
    )
    return cases


def heads_of_names() -> Cases:
    cases = Cases(
        "given: head (formats: {kind, name, leaves, path, other?}), root (hex). It is proven, or refused."
    )
    names = [("key", f"300:99.100/O-{n}") for n in range(40)] + [("certificate", "99.100.7/中文")]
    touched = {
        pair: [digest(f"{pair}{k}".encode()) for k in range(1 + n % 4)]
        for n, pair in enumerate(names)
    }
    values = {
        heads.head_key(*pair): heads.head_value(len(leaves), heads.fold(leaves))
        for pair, leaves in touched.items()
    }
    pages = heads.MemoryPages()
    root, changed = heads.update(pages, values)
    pages.pages.update(changed)

    def head(kind: str, name: str, leaves: list[bytes]) -> dict[str, Any]:
        _, proof = heads.prove(pages, heads.head_key(kind, name))
        return heads.HeadProof(kind, name, tuple(leaves), proof).document()

    def given(document: Any, at: bytes = root) -> dict[str, Any]:
        return {"head": document, "root": at.hex()}

    for pair in (*names[:4], names[-1]):
        cases.accept(f"present: {' '.join(pair)}", given(head(*pair, touched[pair])))
    absent = [head("invoice-line", f"99.100/INV#{n}", []) for n in range(12)]
    for document in absent:
        cases.accept(f"absent: {document['name']}", given(document))
    beside = next(document for document in absent if "other" in document)
    empty = {"kind": "key", "name": "300:99.100/O-1", "leaves": [], "path": []}
    cases.accept("absent from an empty map", given(empty, bytes(32)))
    alone = heads.leaf_node(*next(iter(values.items())))
    found = next(iter(values))
    lonely = {"kind": "key", "name": "nobody", "leaves": [], "path": [], "other": {"key": found.hex(), "value": values[found].hex()}}  # fmt: skip
    cases.accept("absent beside the only one", given(lonely, alone))
    good = head(*names[3], touched[names[3]])
    whole: dict[str, dict[str, Any]] = {
        "the last entry left out": good | {"leaves": good["leaves"][:-1]},
        "all entries left out": good | {"leaves": []},
        "entries in another order": good | {"leaves": good["leaves"][::-1]},
        "one entry twice": good | {"leaves": [*good["leaves"], good["leaves"][-1]]},
        "another name": good | {"name": names[2][1]},
        "another kind": good | {"kind": "handle"},
        "one hash less": good | {"path": good["path"][:-1]},
        "one hash more": good | {"path": [*good["path"], "00" * 32]},
        "a changed hash": good | {"path": [flipped(bytes.fromhex(good["path"][0])).hex(), *good["path"][1:]]},
        "a present name with another leaf": good | {"other": beside["other"]},
        "257 hashes": good | {"path": ["00" * 32] * 257},
        "hex in capitals": good | {"leaves": [leaf.upper() for leaf in good["leaves"]]},
        "a short hash": good | {"path": ["00"]},
        "an unknown member": good | {"x": 1},
        "U+0000 in the name": good | {"name": "a\x00b"},
        "a name that is no text": good | {"name": 1},
        "leaves that are no list": good | {"leaves": {}},
        "said to be absent without the other": {k: v for k, v in beside.items() if k != "other"},
        "the other is itself": beside | {"other": beside["other"] | {"key": heads.head_key(beside["kind"], beside["name"]).hex()}},
        "the other elsewhere": beside | {"other": beside["other"] | {"key": flipped(bytes.fromhex(beside["other"]["key"]), mask=0x80).hex()}},
        "the other without value": beside | {"other": {"key": beside["other"]["key"]}},
    }  # fmt: skip
    for name, document in whole.items():
        cases.refuse(name, given(document), "head-proof-refused")
    missing = {k: v for k, v in good.items() if k != "path"}
    cases.refuse("without path", given(missing), "head-proof-refused")
    cases.refuse("another root", given(good, flipped(root)), "head-proof-refused")
    cases.refuse("the map of before it was built", given(good, bytes(32)), "head-proof-refused")
    return cases


__all__ = [
    "consistency",
    "heads_of_names",
    "inclusion",
    "notes",
    "proof_files",
    "second_s",
    "verifier_keys",
]
