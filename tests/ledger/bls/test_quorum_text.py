"""The quorum text and its proofs of possession: one form, and every other refused by name."""

from __future__ import annotations

import base64
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.bls.points import G1, G1_to_pubkey, add, multiply, neg, pubkey_to_G1
from tests.ledger.bls.signers import key, names, note, proven, quorum
from tests.ledger.bls.test_scheme import infinite_key, infinite_signature, key_outside
from tests.ledger.witness.history import policy

from tallystick.ledger import TallystickError, bls
from tallystick.ledger.bls.certificate import signed_message
from tallystick.ledger.bls.text import shown, signers_max

good = quorum().text
first, second, third = good.split("\n")[2:5]


def test_the_text_is_as_formats_fix_it() -> None:
    keys = [base64.b64encode(key(name).public.key).decode() for name in names]
    lines = [f"{name} {shown}" for name, shown in zip(names, keys, strict=True)]
    assert good == "tallystick/bls-quorum/v1\n2\n" + "".join(f"{line}\n" for line in lines)
    read = bls.QuorumText.parse(good)
    assert (read.threshold, [one.name for one in read.signers]) == (2, list(names))
    assert [one.key for one in read.signers] == [key(name).public.key for name in names]
    assert bls.quorum_text(2, read.signers) == read


@pytest.mark.parametrize(
    ("text", "error", "line"),
    [
        ("", bls.QuorumTextRefused, 0),
        ("tallystick/bls-quorum/v1\n1\n", bls.QuorumTextRefused, 0),
        (good[:-1], bls.QuorumTextRefused, 0),
        (good + "\n", bls.QuorumTextRefused, 6),
        (good.replace("/v1", "/v2"), bls.QuorumTextRefused, 1),
        (good.replace("\n", "\r\n"), bls.QuorumTextRefused, 1),
        (good.replace("\n2\n", "\n0\n"), bls.QuorumTextRefused, 2),
        (good.replace("\n2\n", "\n4\n"), bls.QuorumTextRefused, 2),
        (good.replace("\n2\n", "\n02\n"), bls.QuorumTextRefused, 2),
        (good.replace("\n2\n", "\n2 \n"), bls.QuorumTextRefused, 2),
        (good.replace("\n2\n", "\n\u0662\n"), bls.QuorumTextRefused, 2),
        (good.replace("\n2\n", "\n-1\n"), bls.QuorumTextRefused, 2),
        (good.replace(first, first.replace(" ", "  ")), bls.QuorumTextRefused, 3),
        (good.replace(first, first.replace(" ", "\t")), bls.QuorumTextRefused, 3),
        (good.replace(first, first + " "), bls.QuorumTextRefused, 3),
        (good.replace(first, names[0]), bls.QuorumTextRefused, 3),
        (good.replace(first, first[:-4]), bls.QuorumTextRefused, 3),
        (good.replace(first, first + "AAAA"), bls.QuorumTextRefused, 3),
        (good.replace(second, first), bls.QuorumNameRefused, 4),
        (good.replace(second, f"{names[1]} {first.split()[1]}"), bls.QuorumKeyTwice, 4),
        (good.replace(first, f" {first.split()[1]}"), bls.QuorumNameRefused, 3),
        (good.replace(first, "a+b " + first.split()[1]), bls.QuorumNameRefused, 3),
        (good.replace(first, "a\x7f " + first.split()[1]), bls.QuorumNameRefused, 3),
        (good.replace(first, "a\x1b[0m " + first.split()[1]), bls.QuorumNameRefused, 3),
        (good.replace(first, f"{'w' * 256} {first.split()[1]}"), bls.QuorumNameRefused, 3),
        (good + f"{third}\n" * signers_max, bls.QuorumTextTooLarge, 0),
        ("x" * 25_000, bls.QuorumTextTooLarge, 0),
    ],
)
def test_any_other_text_is_refused(text: str, error: type[TallystickError], line: int) -> None:
    with pytest.raises(bls.QuorumTextRefused) as refused:
        bls.QuorumText.parse(text)
    assert type(refused.value) is error
    assert refused.value.line == line


@given(st.text(max_size=200))
def test_no_text_makes_it_fail(tail: str) -> None:
    for text in (tail, good + tail, good[:60] + tail):
        with suppress(bls.QuorumTextRefused, bls.PointRefused):
            assert bls.QuorumText.parse(text).text == text


def with_key(raw: bytes) -> bls.Registered:
    text = good.replace(first.split()[1], shown(raw))
    return bls.Registered(text=text, possessions=quorum().possessions)


def test_keys_that_are_no_keys_are_refused_by_name() -> None:
    with pytest.raises(bls.PointAtInfinity, match=r"the key of witness\.example/w1"):
        with_key(infinite_key).proven()
    with pytest.raises(bls.PointOutsideGroup, match=r"the key of witness\.example/w1"):
        with_key(key_outside()).proven()
    with pytest.raises(bls.PointRefused, match="not compressed"):
        with_key(bytes(48)).proven()


def test_a_rogue_key_cannot_be_proven() -> None:
    """Made of the others' keys: with it, one witness would sign alone for all three."""
    others = neg(add(*(pubkey_to_G1(key(name).public.key) for name in names[1:])))  # type: ignore[arg-type]
    rogue = bytes(G1_to_pubkey(add(multiply(G1, 5), others)))
    forged = bls.chosen().sign((5).to_bytes(32, "big"), signed_message(note.text))
    keys = [rogue, *(key(name).public.key for name in names[1:])]
    assert bls.chosen().verifies(keys, signed_message(note.text), forged), "the attack is real"
    with pytest.raises(bls.RogueKey, match=names[0]):
        with_key(rogue).proven()
    own = bls.reference().prove((5).to_bytes(32, "big"))
    with pytest.raises(bls.RogueKey):
        bls.register(1, [bls.KeyLine(names[0], rogue, own)])


def test_possessions_are_one_for_each_key_and_in_their_order() -> None:
    given = quorum()
    assert given.proven() == proven()
    for wrong in (given.possessions[:2], (), (*given.possessions, given.possessions[0])):
        with pytest.raises(bls.PossessionRefused, match="each has one"):
            bls.Registered(text=good, possessions=wrong).proven()
    swapped = (given.possessions[1], given.possessions[0], given.possessions[2])
    with pytest.raises(bls.RogueKey):
        bls.Registered(text=good, possessions=swapped).proven()
    infinite = (shown(infinite_signature), *given.possessions[1:])
    with pytest.raises(bls.PointAtInfinity, match="the possession of"):
        bls.Registered(text=good, possessions=infinite).proven()


def test_signers_are_witnesses_of_the_policy_beside_it() -> None:
    quorum().require_of_policy(policy(*names))
    with pytest.raises(bls.SignerNotWitness, match=names[2]) as refused:
        quorum().require_of_policy(policy(*names[:2]))
    assert refused.value.line == 5


def test_the_file_holds_text_and_proofs() -> None:
    file = quorum().to_file()
    assert file.startswith(good + "\n")
    assert bls.Registered.from_file(file) == quorum()
    for bad in (
        "", good, file[:-1], file + "\n", file + "AAAA\n", file.replace("\n\n", "\n"),
        file.replace(file[-10:-5], "=====", 1), file.replace("/v1", "/v3"), "x" * 50_000, file + file,
    ):  # fmt: skip
        with pytest.raises((bls.QuorumTextRefused, bls.PossessionRefused)):
            bls.Registered.from_file(bad).proven()


def test_key_lines() -> None:
    line = key(names[0]).public.encode()
    assert bls.KeyLine.parse(f"{line}\n") == key(names[0]).public
    assert bls.register(2, [key(name).public for name in names]) == quorum()
    words = line.split(" ")
    for bad in (
        "",
        words[0],
        " ".join(words[:2]),
        f"{line} x",
        f"{line}A",
        line.replace(" ", "  "),
    ):
        with pytest.raises(bls.PossessionRefused):
            bls.KeyLine.parse(bad)
    with pytest.raises(bls.QuorumNameRefused):
        bls.KeyLine.parse(f"a+b {words[1]} {words[2]}")
    with pytest.raises(bls.QuorumNameRefused):
        bls.register(1, [key(names[0]).public] * 2)
    with pytest.raises(bls.QuorumTextRefused):
        bls.register(4, [key(name).public for name in names])
    assert key(names[0]).secret.hex() not in repr(key(names[0]))
