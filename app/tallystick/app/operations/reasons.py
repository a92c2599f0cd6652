"""Why a process is not ready (503), and what is only worth a warning: each by its name.

The runbook of docs/how-to/operate.md has a section for each of these codes; a test compares.
"""

from __future__ import annotations

from tallystick.ledger import TallystickError


class Reason(TallystickError):
    """`warns`: it is told, but the process stays ready."""

    code = "not-ready"
    status = 503
    title = "The process is not ready"
    advice = "`/readyz` names the reasons."
    warns = False


class CheckFailed(Reason):
    code = "check-failed"
    title = "A check of readiness failed itself"
    advice = "The log's line `not-ready` has the detail."


class ChecksLate(Reason):
    code = "checks-late"
    title = "The checks of readiness have not come round for a while"
    advice = (
        "The machine or the database is too busy to answer, or the process hangs: look at both."
    )


class DatabaseUnreachable(Reason):
    code = "database-unreachable"
    title = "The database does not answer"
    advice = "Check TALLYSTICK_DATABASE_URL, that the server runs, and the network between."


class DatabaseUnwritable(Reason):
    code = "database-unwritable"
    title = "The database answers, but a write to it fails"
    advice = "Make room on its disk; see that it is neither read-only nor a standby."


class SignerMemoryUnusable(Reason):
    code = "signer-memory-unusable"
    title = "The memory of the log's signer is gone, damaged, or behind what was signed"
    advice = "Stop the node. Restore `signer/last.json` from its own newest copy; never delete it."


class CheckpointLate(Reason):
    code = "checkpoint-late"
    title = "Entries wait for their checkpoint longer than receipts promise"
    advice = "The log's lines `seal-failed` say why. Until then receipts are broken promises."


class OutboxStalled(Reason):
    code = "outbox-stalled"
    title = "Nobody works off the outbox: nothing is published, no witness is asked"
    advice = "Start `tallystick worker`, and see that it uses the same database and broker."


class OutboxWorkerEnded(Reason):
    code = "outbox-worker-ended"
    title = "The outbox worker that this node started has ended"
    advice = "Restart the node; the log has the worker's last lines."


class DiskLow(Reason):
    code = "disk-low"
    title = "There is too little room on a disk that this process writes to"
    advice = "Make room, or move the folder. TALLYSTICK_DISK_FREE_BYTES_MIN is the limit."


class LoopStuck(Reason):
    code = "event-loop-stuck"
    title = "The server's event loop does not answer"
    advice = (
        "Restart the process; before that, keep a stack dump (`py-spy dump`) for its developers."
    )


class WitnessMemoryLost(Reason):
    code = "witness-memory-lost"
    title = "What this witness remembers of a log is gone or damaged"
    advice = (
        "`tallystick witness status` names the log; `tallystick witness restart` goes on by hand."
    )


class FolderUnwritable(Reason):
    code = "folder-unwritable"
    title = "A file in the folder cannot be written durably"
    advice = "Make room on the disk, and see that it is mounted for writing."


class MirrorThreadEnded(Reason):
    code = "mirror-thread-ended"
    title = "The thread that follows the log has ended"
    advice = "Restart the mirror; its log says why the thread ended."


class MirrorNotAgreeing(Reason):
    code = "mirror-not-agreeing"
    title = "The mirror refuses its log, and cosigns nothing"
    advice = "Its status page names the entry and the rule. Find out who is right before anybody lifts it."
    warns = True


class MirrorLagging(Reason):
    code = "mirror-lagging"
    title = "The mirror has not reached the newest checkpoint for a while"
    advice = (
        "Its status page says what it waits for: the operator's address, a token, or its own speed."
    )
    warns = True


class NotFinal(Reason):
    code = "not-final"
    title = "Checkpoints wait for the witnesses' quorum"
    advice = "`tallystick log show` says what each witness did when it was asked last."
    warns = True


class WitnessDisputes(Reason):
    code = "witness-disputes"
    title = "A witness says that this log is wrong"
    advice = (
        "A quorum without it changes nothing: find out who is right before anything else. `tallystick log show` "
        "says which, and why."
    )
    warns = True


class BatchesNotKept(Reason):
    code = "batches-not-kept"
    title = "Leaves or secrets of batches are missing in this node's home folder"
    advice = (
        "Bring `keys/batches` back with the other keys, and `minted` from a backup or a mirror: "
        "`tallystick mint check` names what is missing."
    )
    warns = True
