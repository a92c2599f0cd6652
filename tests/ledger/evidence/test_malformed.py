"""Every evidence file that is not in its form has its own named error, and none makes the verifier fail."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ledger.witness.history import History, changed_bytes, key, origin, verifier

from tallystick.ledger import Checkpoint, TallystickError, canonical, evidence
from tallystick.ledger.evidence import evidence_bytes_max, kinds, read_evidence, write_evidence

main, forked = History(), History("fork", shared=3)
log = [verifier()]
trust = evidence.Trust(log)


class Tree:
    def root_at(self, size: int) -> bytes:
        return forked.checkpoint(size).root

    def consistency(self, first: int, second: int) -> list[bytes]:
        return forked.prove(first, second)


fork_file = evidence.of_checkpoints(main.note(5), forked.note(5), log)
two_sizes = evidence.of_checkpoints(main.note(5), forked.note(9), log, Tree())
good: dict[str, Any] = json.loads(write_evidence(two_sizes))


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"v": 2}, evidence.EvidenceVersionUnknown),
        ({"v": 0}, evidence.EvidenceMalformed),
        ({"v": True}, evidence.EvidenceMalformed),
        ({"v": "1"}, evidence.EvidenceMalformed),
        ({"v": None}, evidence.EvidenceMalformed),
        ({"kind": "treason"}, evidence.EvidenceKindUnknown),
        ({"kind": 5}, evidence.EvidenceMalformed),
        ({"kind": "fork"}, evidence.EvidenceMalformed),
        ({"more": 1}, evidence.EvidenceMalformed),
        ({"path": ["00"]}, evidence.EvidenceMalformed),
        ({"path": ["AB" * 32]}, evidence.EvidenceMalformed),
        ({"path": ["ab" * 32] * 65}, evidence.EvidenceMalformed),
        ({"path": {}}, evidence.EvidenceMalformed),
        ({"prefix_root": "ab"}, evidence.EvidenceMalformed),
        ({"smaller": ""}, evidence.EvidenceMalformed),
        ({"smaller": 5}, evidence.EvidenceMalformed),
        ({"smaller": "x" * 100_001}, evidence.EvidenceMalformed),
        ({"origin": ""}, evidence.EvidenceMalformed),
        ({"smaller": "no note"}, evidence.EvidenceMalformed),
        ({"smaller": "hello\n\n" + good["smaller"].partition("\n\n")[2]}, evidence.EvidenceMalformed),
        ({"smaller": good["larger"], "larger": good["smaller"]}, evidence.EvidenceMalformed),
        ({"smaller": good["larger"]}, evidence.EvidenceMalformed),
        ({"origin": "log.example/else"}, evidence.EvidenceOfAnotherLog),
        ({"path": []}, evidence.EvidenceProofFails),
        ({"path": good["path"][:-1]}, evidence.EvidenceProofFails),
        ({"path": [*good["path"], "ab" * 32]}, evidence.EvidenceProofFails),
        ({"prefix_root": "ab" * 32}, evidence.EvidenceProofFails),
        ({"prefix_root": main.checkpoint(5).root.hex()}, evidence.EvidenceProofFails),
    ],
)  # fmt: skip
def test_each_defect_has_its_name(
    changed: dict[str, Any], error: type[evidence.EvidenceFileRefused]
) -> None:
    data = canonical.encode({name: v for name, v in (good | changed).items() if v is not None})
    with pytest.raises(evidence.EvidenceFileRefused) as refused:
        read_evidence(data).verify(trust)
    assert refused.type is error
    assert refused.value.diagnosis()


def test_each_kind_is_closed() -> None:
    for name in kinds:
        with pytest.raises(evidence.EvidenceMalformed, match=name):
            read_evidence(canonical.encode({"v": 1, "kind": name, "origin": origin}))


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"[]", b"5", b"\xff", b"null", b"{}", b"\n", b'{"v":1}', b'{"v": 1}',
        b'{"kind":"fork","v":1,"v":1}', b'{"v":1.5}', b"[" * 100_000, b'{"a":' * 50_000,
        write_evidence(fork_file) + b"\n", write_evidence(fork_file).replace(b",", b", ", 1),
        b"\xef\xbb\xbf" + write_evidence(fork_file),
    ],
)  # fmt: skip
def test_what_is_no_canonical_object(data: bytes) -> None:
    with pytest.raises(evidence.EvidenceMalformed):
        read_evidence(data)


def test_a_file_has_a_limit() -> None:
    with pytest.raises(evidence.EvidenceTooLarge):
        read_evidence(b" " * (evidence_bytes_max + 1))


def test_one_changed_bit_proves_nothing() -> None:
    """Of the fork: the signatures are over everything that counts."""
    convicted = 0
    for data in changed_bytes(write_evidence(fork_file)):
        try:
            verdict = read_evidence(data).verify(trust)
        except TallystickError:
            continue
        # A bit in the key id or in a signature line's end may leave a signature of an unknown key.
        convicted += 1
        assert verdict.kind == "fork"
    assert convicted == 0


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


@settings(max_examples=80)
@given(
    st.sampled_from(sorted(kinds)),
    st.dictionaries(
        st.sampled_from(
            ["first", "second", "smaller", "larger", "path", "place", "sighting", "receipt", "breach",
             "genesis", "block", "finding", "limit_s", "index", "mirror"]
        ),
        values,
        max_size=8,
    ),
)  # fmt: skip
def test_no_file_makes_the_verifier_fail(kind: str, members: dict[str, Any]) -> None:
    document = {"v": 1, "kind": kind, "origin": origin, **members}
    try:
        data = canonical.encode(document)
    except canonical.NotCanonical:
        return
    with pytest.raises(evidence.EvidenceFileRefused):
        read_evidence(data).verify(trust)


def test_a_note_of_a_size_that_no_tree_has() -> None:
    huge = Checkpoint(origin, 10**18, bytes(32)).sign(key(origin))
    made = evidence.Inconsistent(
        origin=origin,
        smaller=main.note(5).encode(),
        larger=huge.encode(),
        prefix_root="ab" * 32,
        path=("ab" * 32,) * 64,
    )
    with pytest.raises(evidence.EvidenceProofFails):
        read_evidence(write_evidence(made)).verify(trust)
