"""A prefix that left and was declined stays; whichever comes first, arrival or decline, the other is refused."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from tests.identity.prefixes.two_logs import Log, Move, firm, other, root

from tallystick.identity import CreateHandles, DeclinePrefix, HandleRecord, ReturnPrefix
from tallystick.ledger import Verifier

prefix = "99.1"
numbers = count()


@pytest.fixture
def move() -> Move:
    a, b = Log(0), Log(1)
    a.let(prefix, firm)
    made = CreateHandles(handles=(HandleRecord(handle=f"{prefix}/SN-1", values=()),))
    a.done(firm, "handle.create", made)
    return Move(prefix, a, b)


def creates(log: Log, suffix: str = "NEW") -> str:
    body = CreateHandles(handles=(HandleRecord(handle=f"{prefix}/{suffix}", values=()),))
    return log.say(firm, "handle.create", body)


def homes(move: Move) -> int:
    """In how many logs something can be written under it."""
    return sum(creates(log, f"N{next(numbers)}") == "accepted" for log in (move.here, move.there))


def declined(move: Move) -> int:
    return move.there.done(root, "prefix.decline", move.declining())


@pytest.mark.parametrize("carried", [False, True])
def test_declined_before_it_came_it_stays(move: Move, carried: bool) -> None:
    move.leave()
    assert homes(move) == 0
    if carried:
        move.carry()
    index = declined(move)
    assert homes(move) == 0
    move.here.done(firm, "prefix.return", move.returning(index))
    assert homes(move) == 1
    if carried:
        arriving = move.arriving()
        assert move.there.say(root, "prefix.arrive", arriving) == "prefix-move-refused"
        assert "was declined here" in move.there.why
    # It can leave again, and is taken in: by another entry.
    again = Move(prefix, move.here, move.there)
    again.whole()
    assert homes(again) == 1
    assert again.here.say(firm, "prefix.return", move.returning(index)) == "prefix-move-refused"


def test_what_has_come_is_not_declined_and_does_not_come_back(move: Move) -> None:
    move.leave()
    move.carry()
    move.there.done(root, "prefix.arrive", move.arriving())
    for _ in range(2):
        assert move.there.say(root, "prefix.decline", move.declining()) == "prefix-move-refused"
        assert "was taken here" in move.there.why
        while move.take():
            pass
    # Not even when it has gone on since.
    Move(prefix, move.there, move.here).whole()
    assert move.there.say(root, "prefix.decline", move.declining()) == "prefix-move-refused"


@pytest.mark.parametrize("first", ["arrive", "decline"])
def test_of_two_at_once_one_is_in_the_log_first(move: Move, first: str) -> None:
    """Both are signed before either is judged: the log's order decides, and there is one home."""
    move.leave()
    move.carry()
    both = {"arrive": move.arriving(), "decline": move.declining()}
    second = "decline" if first == "arrive" else "arrive"
    move.there.done(root, f"prefix.{first}", both[first])
    assert move.there.say(root, f"prefix.{second}", both[second]) == "prefix-move-refused"
    if first == "decline":
        back = move.returning(len(move.there.leaves) - 1)
        move.here.done(firm, "prefix.return", back)
    while move.take():
        pass
    assert homes(move) == 1


@pytest.mark.parametrize("what", ["prefix", "origin", "leave", "key", "kind", "holder", "twice"])
def test_no_other_word_brings_it_back(move: Move, what: str) -> None:
    move.leave()
    there, asked = move.there, move.declining()
    changed = {
        "prefix": {"prefix": "99.2"}, "origin": {"origin": "log.example/c"}, "leave": {"leave": 7},
    }.get(what, {})  # fmt: skip
    index = there.done(root, "prefix.decline", asked.model_copy(update=changed))
    by, body = firm, move.returning(index)
    code = "prefix-move-refused"
    if what == "key":
        # A log of the same origin by another key: not the one that was named when the prefix left.
        forged = Log(0)
        forged.origin = there.origin
        index = forged.done(root, "prefix.decline", asked)
        body = ReturnPrefix(prefix=prefix, checkpoint=forged.checkpoint(), decline=forged.proven(index))  # fmt: skip
        code = "prefix-arrival-refused"
    elif what == "kind":
        body = body.model_copy(update={"decline": move.here.proven(move.left_by)})
        code = "prefix-arrival-refused"
    elif what == "holder":
        by, code = other, "not-entitled"
    elif what == "twice":
        move.here.done(firm, "prefix.return", body)
    assert move.here.say(by, "prefix.return", body) == code
    assert homes(move) == (1 if what == "twice" else 0)


def test_who_would_let_it_declines_and_nobody_else(move: Move) -> None:
    move.leave()
    assert move.there.say(firm, "prefix.decline", move.declining()) == "not-entitled"
    declined(move)
    assert move.there.say(root, "prefix.decline", move.declining()) == "prefix-move-refused"
    other_leave: Any = DeclinePrefix(prefix=prefix, origin=move.here.origin, leave=99)
    assert move.there.say(root, "prefix.decline", other_leave) == "accepted"


def test_it_leaves_for_a_log_that_its_key_names(move: Move) -> None:
    stranger = Verifier("log.example/c", move.there.log_key.public).encode()
    for key in (stranger, "log.example/b+nonsense"):
        body = move.leaving(log_key=key)
        assert move.here.say(firm, "prefix.leave", body) == "prefix-move-refused"
    assert homes(move) == 1
