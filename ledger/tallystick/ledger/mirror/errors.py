"""What a mirror refuses, lacks or cannot do, each by its own name.

The errors below `MirrorWithholds` are answers to a log that asks for a cosignature: the log keeps code and
detail, and tells its readers why finality waits.
"""

from __future__ import annotations

from tallystick.ledger.errors import TallystickError
from tallystick.ledger.witness.errors import WitnessWithholds


class MirrorWithholds(WitnessWithholds):
    """Why a mirror does not cosign; what it says is for everybody."""

    code = "mirror-withholds"
    status = 503
    title = "The mirror does not cosign"
    advice = "Look at the mirror's status page."


class MirrorBehind(MirrorWithholds):
    code = "mirror-behind"
    title = "The mirror has not re-executed so many entries yet"
    advice = "Ask again: it follows the log, and cosigns only what it has re-executed."


class MirrorCannotFollow(MirrorWithholds):
    code = "mirror-cannot-follow"
    title = "The mirror cannot fetch the log's entries from its operator"
    advice = (
        "The mirror's status page says what failed: address, token, or an answer not in its form."
    )


class MirrorLacksBody(MirrorWithholds):
    """`index` is that of the entry whose body or attachment was not given."""

    code = "mirror-lacks-body"
    title = "The mirror was not given the body of an entry in its scope"
    advice = "Give it the body, or a token with which it may read it; it asks again by itself."

    def __init__(self, detail: str, index: int) -> None:
        super().__init__(detail, index=index)
        self.index = index


class MirrorLacksSuite(MirrorWithholds):
    code = "mirror-lacks-suite"
    title = "The mirror lacks a suite of signatures that the log admits, and vouches for nothing"
    advice = (
        "Install what the suite needs on the mirror's machine (for sm2-sm3, OpenSSL 3 and tallystick[sm]) and "
        "start the mirror again: it goes on by itself."
    )


class MirrorRefuses(MirrorWithholds):
    """`index`: the entry at which the mirror stopped; `rule`: what that entry broke."""

    code = "mirror-refuses"
    status = 403
    title = "The mirror refuses this log: what it re-executed is not what the log says"
    advice = (
        "Keep both stores as evidence. When a person knows why, `tallystick mirror lift --index N` "
        "lets the mirror try again."
    )
    disputes = True

    def __init__(self, detail: str, index: int, rule: str) -> None:
        super().__init__(detail, index=index, rule=rule)
        self.index, self.rule = index, rule


class MirrorFailed(TallystickError):
    code = "mirror-failed"
    status = 500
    title = "The mirror itself failed"
    advice = "Look at its disk, its database and its log; it tries again by itself."


class OperatorUnreachable(TallystickError):
    code = "mirror-operator-unreachable"
    status = 503
    title = "The log's operator does not answer the mirror"
    advice = "Check the operator's address in `mirror.json`, and that it serves."


class OperatorRefused(TallystickError):
    code = "mirror-operator-refused"
    status = 502
    title = "The log's operator refuses the mirror's request"
    advice = (
        "Check the token that the operator gave; `tallystick reader add` there makes a new one."
    )


class OperatorAnswerRefused(TallystickError):
    code = "mirror-operator-answer"
    status = 502
    title = "The operator's answer to the mirror is not in its form"
    advice = "Check that the address is that of a Tallystick node of this log."


class StatementRefused(TallystickError):
    code = "mirror-statement-refused"
    status = 422
    title = "The mirror's statement is malformed, or not signed by its key"
    advice = "Fetch it again from the mirror, and compare its key with the one you pinned."


class MirrorExists(TallystickError):
    code = "mirror-exists"
    status = 409
    title = "There is a mirror already"
    advice = "Choose another TALLYSTICK_HOME: a mirror follows one log, under one name."


class NoMirror(TallystickError):
    code = "no-mirror"
    status = 500
    title = "There is no mirror here"
    advice = "Make one with `tallystick mirror create`, or set TALLYSTICK_HOME."


class MirrorDamaged(TallystickError):
    code = "mirror-damaged"
    status = 500
    title = "A file of the mirror is damaged, and it cosigns nothing"
    advice = "Restore the file from a backup, or make a new mirror: it fetches the log again."


class MirrorBusy(TallystickError):
    code = "mirror-busy"
    status = 503
    title = "Another process holds this mirror"
    advice = "Stop `tallystick mirror serve` first; one process alone may follow and sign."


class MirrorServes(TallystickError):
    code = "mirror-serves"
    status = 409
    title = "This witness is a mirror, and cosigns only what it has re-executed"
    advice = "Run `tallystick mirror serve`."


class MirrorStopped(TallystickError):
    code = "mirror-stopped"
    status = 409
    title = "This mirror stopped the log for ever under the key that it has"
    advice = (
        "Take the log over from this store, or give the mirror the new operator's key: "
        "`tallystick witness add-log VKEY --epoch PROOF`, then `tallystick mirror follow`."
    )


class NoRefusal(TallystickError):
    code = "mirror-no-refusal"
    status = 409
    title = "The mirror has refused nothing at this index"
    advice = "`tallystick mirror status` names the entry, if there is one."


class NameSaysNothing(TallystickError):
    code = "mirror-name"
    status = 400
    title = "The name of a mirror's key says what it is, and no other witness has such a name"
    advice = "A full mirror's name has a part `mirror`, an own mirror's one `own-mirror`: regulator.example/mirror."


class SightingsFull(TallystickError):
    code = "mirror-sightings-full"
    status = 503
    title = "Too many entries that this mirror saw are not in the log"
    advice = "Send the entry to the operator, or to another mirror."
