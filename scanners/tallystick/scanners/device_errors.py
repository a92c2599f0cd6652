"""Why a device could not hand its entries to the node."""

from __future__ import annotations

from tallystick.ledger import TallystickError


class NodeAway(TallystickError):
    """Worth another try: nothing is known about what was sent."""

    code = "node-away"
    status = 503
    title = "The node does not answer"
    advice = "Entries stay in the queue and are sent again with the same ids."


class NodeRefused(TallystickError):
    code = "node-refused"
    status = 502
    title = "The node refused the whole request"
    advice = "Entries stay in the queue. Correct what the node names, then send again."


class NodeAnswerWrong(TallystickError):
    code = "node-answer-wrong"
    status = 502
    title = "The node's answer does not fit what was sent"
    advice = "Nothing was marked as delivered. Check the node's address, version and receipt key."


class StreamStopped(TallystickError):
    """`problem_code` and `seq` are members: what the node said, about which entry."""

    code = "stream-stopped"
    status = 409
    title = "The node will not continue this device's stream"
    advice = (
        "Entries stay in the queue. After a fork or a used id, enrol the device again under a new handle "
        "and capture what waits anew; after a key problem, register a valid key and send again."
    )


class CaptureTooLarge(TallystickError):
    code = "capture-too-large"
    status = 413
    title = "These events do not fit into one entry"
    advice = "Capture at least one event, and fewer at once."
