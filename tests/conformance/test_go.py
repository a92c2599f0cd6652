"""A checkpoint and proofs made by us, verified by Go's own `sumdb/note` and `sumdb/tlog`."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from tests.conftest import missing_here
from tests.ledger.world import World

from tallystick.ledger import Note, PrivateKey, witness
from tallystick.ledger.note import NoteSignature

module_version = "v0.20.0"
program = """
package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type Inclusion struct {
	Index int64
	Leaf  string
	Path  []string
}

type Consistency struct {
	First int64
	Root  string
	Path  []string
}

type Input struct {
	Vkey, Checkpoint, Witness string
	Inclusions                []Inclusion
	Consistencies             []Consistency
}

// A cosignature/v1 by the specification, behind the interface of sumdb/note.
type Cosigner struct {
	name string
	key  ed25519.PublicKey
}

func (c Cosigner) Name() string { return c.name }

func (c Cosigner) KeyHash() uint32 {
	sum := sha256.Sum256([]byte(c.name + "\\n\\x04" + string(c.key)))
	return binary.BigEndian.Uint32(sum[:4])
}

func (c Cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 72 {
		return false
	}
	head := fmt.Sprintf("cosignature/v1\\ntime %d\\n", binary.BigEndian.Uint64(sig[:8]))
	return ed25519.Verify(c.key, append([]byte(head), msg...), sig[8:])
}

func cosigner(vkey string) Cosigner {
	parts := strings.SplitN(vkey, "+", 3)
	raw, err := base64.StdEncoding.DecodeString(parts[2])
	check(err)
	if len(raw) != 33 || raw[0] != 4 {
		check(fmt.Errorf("no cosigner %s", vkey))
	}
	return Cosigner{parts[0], ed25519.PublicKey(raw[1:])}
}

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func hash(text string) (found tlog.Hash) {
	raw, err := hex.DecodeString(text)
	check(err)
	copy(found[:], raw)
	return found
}

func hashes(texts []string) (found []tlog.Hash) {
	for _, text := range texts {
		found = append(found, hash(text))
	}
	return found
}

func main() {
	var in Input
	check(json.NewDecoder(os.Stdin).Decode(&in))
	verifier, err := note.NewVerifier(in.Vkey)
	check(err)
	signed, err := note.Open([]byte(in.Checkpoint), note.VerifierList(verifier))
	check(err)
	if in.Witness != "" {
		both, err := note.Open([]byte(in.Checkpoint), note.VerifierList(verifier, cosigner(in.Witness)))
		check(err)
		if len(both.Sigs) != 2 {
			check(fmt.Errorf("%d signatures", len(both.Sigs)))
		}
	}
	lines := strings.Split(signed.Text, "\\n")
	if lines[0] != verifier.Name() {
		check(fmt.Errorf("origin %s", lines[0]))
	}
	tree, err := tlog.ParseTree([]byte("go.sum database tree\\n" + lines[1] + "\\n" + lines[2] + "\\n"))
	check(err)
	for _, one := range in.Inclusions {
		leaf, err := hex.DecodeString(one.Leaf)
		check(err)
		check(tlog.CheckRecord(hashes(one.Path), tree.N, tree.Hash, one.Index, tlog.RecordHash(leaf)))
	}
	for _, one := range in.Consistencies {
		check(tlog.CheckTree(hashes(one.Path), tree.N, tree.Hash, one.First, hash(one.Root)))
	}
	fmt.Printf("verified %d %d %d\\n", tree.N, len(in.Inclusions), len(in.Consistencies))
}
"""


@pytest.fixture(scope="module")
def verifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Go program, built; Go is optional everywhere, also under CI."""
    go = shutil.which("go")
    if go is None:
        pytest.skip(f"{missing_here}go (optional: https://go.dev/dl)")
    folder = tmp_path_factory.mktemp("go")
    (folder / "main.go").write_text(program)
    (folder / "go.mod").write_text(
        f"module check\n\ngo 1.21\n\nrequire golang.org/x/mod {module_version}\n"
    )
    environment = {**os.environ, "GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local"}
    built = subprocess.run(
        [go, "build", "-o", str(folder / "check"), "."],
        check=False, cwd=folder, env=environment, capture_output=True, text=True, timeout=240,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if built.returncode:
        pytest.skip(f"{missing_here}golang.org/x/mod for Go: {built.stderr.strip()[-300:]}")
    return folder / "check"


def _input(world: World) -> dict[str, object]:
    with world.reader.open() as snapshot:
        newest = snapshot.checkpoint()
        assert newest is not None
        size, note = newest
        inclusions = [
            {
                "Index": index,
                "Leaf": snapshot.row(index).leaf.hex(),
                "Path": [node.hex() for node in snapshot.proof_file(index).path],
            }
            for index in (0, 1, 7, 255, 256, size - 2, size - 1)
        ]
        consistencies = [
            {
                "First": first,
                "Root": _root(world, first).hex(),
                "Path": [node.hex() for node in snapshot.consistency(first, size)],
            }
            for first in (1, 2, 5, 64, 255, 256, 257, size - 1, size)
        ]
    vkey = world.ledger.signer.verifier.encode()
    return {
        "Vkey": vkey, "Checkpoint": note, "Inclusions": inclusions, "Consistencies": consistencies,
    }  # fmt: skip


def _root(world: World, size: int) -> bytes:
    from tallystick.ledger.merkle import tree_root
    from tallystick.ledger.tiles import node_reader

    with world.store.read() as transaction:
        return tree_root(node_reader(transaction.tile), size)


def _run(verifier: Path, told: dict[str, object]) -> tuple[int, str]:
    done = subprocess.run(
        [str(verifier)], check=False, input=orjson.dumps(told), capture_output=True
    )
    return done.returncode, done.stdout.decode()


def test_go_verifies_what_we_sign(verifier: Path, tmp_path: Path, sqlite_url: str) -> None:
    world = World(sqlite_url, tmp_path / "home")
    world.populate()
    world.ledger.append(world.mint(300))
    world.ledger.seal()
    told = _input(world)
    size = world.memory.load()[0]
    assert _run(verifier, told) == (0, f"verified {size} 7 9\n")
    wrong_leaf = {**told, "Inclusions": [{**told["Inclusions"][2], "Leaf": "00"}]}  # type: ignore[index]
    assert _run(verifier, wrong_leaf)[0] == 1
    wrong_root = {**told, "Consistencies": [{**told["Consistencies"][3], "Root": "11" * 32}]}  # type: ignore[index]
    assert _run(verifier, wrong_root)[0] == 1
    _cosigned(verifier, told, size)
    other_size = str(told["Checkpoint"]).replace(f"\n{size}\n", f"\n{size + 1}\n")
    assert _run(verifier, {**told, "Checkpoint": other_size})[0] == 1


def _cosigned(verifier: Path, told: dict[str, object], size: int) -> None:
    """Go ignores lines of signers it does not know, and verifies our cosignature by the specification."""
    good, key = Note.parse(str(told["Checkpoint"])), PrivateKey.generate()
    line = witness.cosign(good.text, "witness.example/w1", key, 1_772_697_600)
    cosigner = witness.Cosigner("witness.example/w1", key.public).encode()
    unknown = NoteSignature("见证人.example", b"\1\2\3\4", bytes(72))
    whole = Note(good.text, (unknown, line, *good.signatures)).encode()
    verified = (0, f"verified {size} 7 9\n")
    assert _run(verifier, {**told, "Checkpoint": whole}) == verified
    assert _run(verifier, {**told, "Checkpoint": whole, "Witness": cosigner}) == verified
    later = replace(line, signature=b"\0" * 8 + line.signature[8:])
    false = Note(good.text, (later, *good.signatures)).encode()
    assert _run(verifier, {**told, "Checkpoint": false}) == verified, "unknown, and so ignored"
    code, said = _run(verifier, {**told, "Checkpoint": false, "Witness": cosigner})
    assert (code, "invalid signature" in said) == (1, True)
