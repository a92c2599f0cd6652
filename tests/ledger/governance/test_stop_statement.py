"""The statement of a witness that stopped a log: its form, byte by byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.witness.history import History, changed_bytes, cosigner, key, verifier

from tallystick.ledger import Note, TallystickError, Verifier, merkle, witness
from tallystick.ledger.checkpoint import Checkpoint
from tallystick.ledger.governance import (
    Stopped,
    StopStatement,
    StopStatementRefused,
    open_stopped,
)

main = History()
name = "witness.example/w1"
policy = witness.Policy.parse(f"witness w1 {cosigner(name).encode()}\ngroup g all w1\nquorum g\n")


def stated(size: int = 5) -> StopStatement:
    return StopStatement(verifier(), main.checkpoint(size))


def told(size: int = 5, signer: str = name) -> Stopped:
    text = main.note(size).text
    line = witness.cosign(text, name, key(signer), 1_800_000_000)
    return Stopped(
        statement=stated(size).sign(name, key(signer)).encode(),
        checkpoint=main.note(size).adding([line]).encode(),
    )


@given(size=st.integers(1, 300))
def test_it_reads_as_it_was_written(size: int) -> None:
    one = stated(size)
    assert StopStatement.parse(one.text()) == one
    nothing = StopStatement(verifier(), Checkpoint(verifier().name, 0, merkle.empty_root))
    assert StopStatement.parse(nothing.text()) == nothing


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("witness-stop/v1", "witness-stop/v2"),
        ("\n5\n", "\n05\n"),
        ("\n5\n", "\n0\n"),
        ("\n5\n", "\n-5\n"),
        ("=\n", "\n"),
        ("log.example/tests\n", "log.example/other\n"),
        ("log.example/tests+", "log.example/other+"),
        ("+", "-"),
        ("tallystick/", "\ntallystick/"),
    ],
)
def test_it_is_refused_in_any_other_form(old: str, new: str) -> None:
    text = stated().text()
    assert old in text
    with pytest.raises(StopStatementRefused):
        StopStatement.parse(text.replace(old, new, 1))
    for wrong in (text + "more\n", text[:-1], ""):
        with pytest.raises(StopStatementRefused):
            StopStatement.parse(wrong)


def test_any_bit_changed_in_it_is_noticed() -> None:
    good = told()
    assert open_stopped(good, policy, verifier()) == ("w1", stated())
    for changed in changed_bytes(good.statement.encode()):
        try:
            wrong = good.model_copy(update={"statement": changed.decode()})
        except UnicodeDecodeError:
            continue
        with pytest.raises(StopStatementRefused):
            open_stopped(wrong, policy, verifier())


def test_whose_it_must_be() -> None:
    good = told()
    for wrong, log in (
        (told(signer="witness.example/w2"), verifier()),
        (good, Verifier(verifier().name, key("another").public)),
        (good.model_copy(update={"checkpoint": main.note(5).encode()}), verifier()),
        (good.model_copy(update={"checkpoint": told(6).checkpoint}), verifier()),
        (good.model_copy(update={"checkpoint": ""}), verifier()),
        (good.model_copy(update={"checkpoint": "nonsense"}), verifier()),
        (good.model_copy(update={"statement": "nonsense"}), verifier()),
    ):
        with pytest.raises(StopStatementRefused):
            open_stopped(wrong, policy, log)


def test_it_is_no_checkpoint_and_no_cosignature() -> None:
    """The same key signs both: neither can be taken for the other."""
    note = stated().sign(name, key(name))
    with pytest.raises(TallystickError):
        Checkpoint.parse(note.text)
    assert not note.signed_by([cosigner(name)])
    with pytest.raises(StopStatementRefused):
        StopStatement.read(told().checkpoint)
    assert Note.parse(told().checkpoint).signed_by([cosigner(name)])
