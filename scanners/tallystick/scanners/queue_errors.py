"""What can be wrong with a device's queue."""

from __future__ import annotations

from tallystick.ledger import TallystickError


class QueueFull(TallystickError):
    code = "queue-full"
    status = 507
    title = "The device's queue is full"
    advice = (
        "Nothing was lost and this capture was not stored: let the device reach its node first."
    )


class QueueUnusable(TallystickError):
    code = "queue-unusable"
    status = 500
    title = "The device's queue cannot be read or written"
    advice = (
        "This capture was not stored. Check the disk; keep the file, it may hold unsent entries."
    )


class QueueForeign(TallystickError):
    code = "queue-foreign"
    status = 409
    title = "This queue belongs to another device or log"
    advice = "Give each device and log a queue file of its own."


class QueueOutOfStep(TallystickError):
    code = "queue-out-of-step"
    status = 409
    title = "This entry is not the next of the queue's stream"
    advice = "Sign inside `append`, with the position it gives."


class QueueHistoryGone(TallystickError):
    code = "queue-history-gone"
    status = 409
    title = "The node asks for an entry that this device no longer keeps"
    advice = "Send it from a backup of the queue or a mirror, then go on; keep a longer history."
