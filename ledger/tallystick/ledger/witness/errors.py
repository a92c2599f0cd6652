"""What a witness, its client and a verifier of cosignatures refuse (C2SP tlog-witness, tlog-policy)."""

from __future__ import annotations

from tallystick.ledger.errors import TallystickError


class PolicyRefused(TallystickError):
    """`line` is the number of the line that is wrong, 0 for the policy as a whole."""

    code = "witness-policy-refused"
    status = 422
    title = "The witness policy (C2SP tlog-policy) is malformed"
    advice = "Correct the line that is named; `tallystick log policy FILE` reads it again."

    def __init__(self, detail: str, line: int = 0) -> None:
        super().__init__(f"line {line}: {detail}" if line else detail, line=line)
        self.line = line


class PolicyTooLarge(PolicyRefused):
    code = "witness-policy-too-large"
    title = "The witness policy exceeds a limit"
    advice = "Name fewer logs, witnesses or groups, or nest them less deeply."


class PolicyNameRefused(PolicyRefused):
    code = "witness-policy-name"
    title = "A name in the witness policy is taken, unknown, or used twice"
    advice = "Name each witness and group once, above the lines that use it, in one group at most."


class PolicyKeyRefused(PolicyRefused):
    code = "witness-policy-key"
    title = "A key in the witness policy is malformed, of the wrong type, or there twice"
    advice = "Copy the verifier key again; a log has type 1, a witness type 4, each key one line."


class QuorumsApart(PolicyRefused):
    code = "witness-quorums-apart"
    title = "Two quorums of the witness policy share no witness"
    advice = "Raise a threshold until any two quorums share a witness, or say `quorum none`."


class PolicyNotOfLog(PolicyRefused):
    code = "witness-policy-not-of-log"
    title = "The policy is not one that this log can begin with"
    advice = (
        "Leave out `log` lines: genesis names the log's key. No witness may use a key of the log."
    )


class QuorumMissing(TallystickError):
    code = "witness-quorum-missing"
    status = 422
    title = "The checkpoint lacks cosignatures that the policy asks for"
    advice = "Wait for the witnesses named, or fetch the checkpoint again later."


class CosignatureRefused(TallystickError):
    code = "cosignature-refused"
    status = 422
    title = "The witness's answer is no cosignature of this checkpoint by its key"
    advice = "Compare the witness's key in the policy with the one on its status page."


class WitnessRequestRefused(TallystickError):
    code = "witness-request-refused"
    status = 400
    title = "The request to the witness is malformed"
    advice = "Send `old <size>`, the proof's lines, an empty line and the checkpoint."


class OldSizeTooLarge(WitnessRequestRefused):
    code = "witness-old-size"
    title = "The old size is larger than the checkpoint's"
    advice = "Ask with old size 0; the answer 409 names the size that the witness knows."


class CheckpointNotTrusted(TallystickError):
    code = "checkpoint-not-trusted"
    status = 403
    title = "No key that this witness trusts for the log signed the checkpoint"
    advice = "Compare the log's verifier key with the one its witness was given."


class LogStopped(TallystickError):
    code = "witness-log-stopped"
    status = 403
    title = "The witness has stopped cosigning under this log key, for ever"
    advice = (
        "The log goes on with another operator and another key: take its newest checkpoint from there. "
        "What this operator took in beyond the epoch's start is not in the log; send it again."
    )


class LogUnknown(TallystickError):
    code = "witness-log-unknown"
    status = 404
    title = "The witness does not watch this log"
    advice = "Ask its operator for `tallystick witness add-log`, with the log's verifier key."


class WitnessConflict(TallystickError):
    """`size` is that of the newest checkpoint which the witness cosigned."""

    code = "witness-conflict"
    status = 409
    title = "The old size is not that of the newest checkpoint which this witness cosigned"
    advice = "Ask again with a proof from the size in the answer."

    def __init__(self, detail: str, size: int) -> None:
        super().__init__(detail, size=size)
        self.size = size


class CheckpointInconsistent(TallystickError):
    code = "checkpoint-inconsistent"
    status = 422
    title = "The checkpoint does not extend the one that this witness cosigned"
    advice = (
        "Keep both checkpoints: if the log signed both, they prove that it shows two histories."
    )


class WitnessBusy(TallystickError):
    code = "witness-busy"
    status = 503
    title = "Another process holds this witness"
    advice = "Stop `tallystick witness serve` first; one process alone may sign."


class WitnessStorageFailed(TallystickError):
    code = "witness-storage-failed"
    status = 503
    title = "The witness could not store what it was about to sign, so it did not sign"
    advice = "Look at the witness's disk; the log may ask again."


class NoWitness(TallystickError):
    code = "no-witness"
    status = 500
    title = "There is no witness here"
    advice = "Make one with `tallystick witness init`, or set TALLYSTICK_HOME."


class WitnessExists(TallystickError):
    code = "witness-exists"
    status = 409
    title = "There is a witness already"
    advice = "Choose another TALLYSTICK_HOME; a witness never changes its name or key."


class LogWatched(TallystickError):
    code = "witness-log-watched"
    status = 409
    title = "The witness watches a log of this origin already"
    advice = "If the log has changed its key by an epoch that you checked, say `--another-key`."


class StateLost(TallystickError):
    code = "witness-state-lost"
    status = 500
    title = "The witness has lost what it remembered of a log, and signs nothing"
    advice = (
        "Find the newest checkpoint with this witness's cosignature (other witnesses, receipts, the "
        "log), and start again by hand: `tallystick witness restart ORIGIN --size N --checkpoint FILE`."
    )


class StateDamaged(StateLost):
    code = "witness-state-damaged"
    title = "What the witness remembers of a log is damaged, and it signs nothing"


class ConfigDamaged(StateDamaged):
    """What it cosigned stands elsewhere, and is not lost: starting again by hand is not what helps."""

    code = "witness-config-damaged"
    title = "The file that says which logs the witness watches is damaged, and it signs nothing"
    advice = (
        "Bring `witness.json` back from a copy that names all logs, and under `stopped` every key that was given up; "
        "what was cosigned is in `state/`. Without such a copy make a new witness, with a new key."
    )


class RestartRefused(TallystickError):
    code = "witness-restart-refused"
    status = 422
    title = "The witness does not start again from this checkpoint"
    advice = (
        "Name a log that is lost, the size, and a checkpoint of that size with both signatures."
    )


class WitnessUnreachable(TallystickError):
    code = "witness-unreachable"
    status = 503
    title = "The witness does not answer"
    advice = "Its cosignature can be asked for again; ask its operator if this goes on."


class WitnessAnswerRefused(TallystickError):
    code = "witness-answer-refused"
    status = 502
    title = "The witness's answer is not in its form"
    advice = "Compare the witness's address in the policy; it must speak C2SP tlog-witness."


class WitnessWithholds(TallystickError):
    """A witness that checks more than consistency says why it does not cosign. Its detail is for everybody.

    `disputes`: it says that the log is wrong, not that it waits for something.
    """

    code = "witness-withholds"
    status = 503
    title = "The witness does not cosign this checkpoint"
    advice = "Its status page says more; it is asked again."
    disputes = False


class WitnessAhead(TallystickError):
    """`size` is what the witness says; nobody signed that it is so."""

    code = "witness-ahead"
    status = 500
    title = "The witness has cosigned a larger tree than this log has"
    advice = (
        "Stop the log: it lost entries that it had published, or another copy of it is running."
    )

    def __init__(self, detail: str, size: int) -> None:
        super().__init__(detail, size=size)
        self.size = size


class WitnessWentBack(TallystickError):
    code = "witness-went-back"
    status = 502
    title = "The witness has forgotten a checkpoint that it cosigned"
    advice = (
        "Tell its operator: its state was lost or restored from an old copy. Do not count it until it "
        "goes on from the newest checkpoint that it cosigned."
    )


class WitnessClockWrong(TallystickError):
    code = "witness-clock-wrong"
    status = 502
    title = "The witness's cosignature carries a time that is far from now"
    advice = "Tell its operator to set the clock, or look at the clock of this machine."
