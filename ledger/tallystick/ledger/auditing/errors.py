"""What keeps an audit from running; what it finds is `NotSound`."""

from __future__ import annotations

from tallystick.ledger.errors import TallystickError


class AuditStateElsewhere(TallystickError):
    code = "audit-state-elsewhere"
    status = 409
    title = "The state file is of an audit of something else"
    advice = "Name another --state file, or --from-start to give up what is in this one."


class AuditSeesTooLittle(TallystickError):
    code = "audit-sees-too-little"
    status = 403
    title = "Rules can only be audited by who may read every entry whole"
    advice = (
        "Give the token of a reader who may read everything (`tallystick reader add` at the operator's), or "
        "say --no-rules: then what is shown to you is checked."
    )


class AuditSourceUnreachable(TallystickError):
    code = "audit-source-unreachable"
    status = 503
    title = "The server of the log does not answer"
    advice = "Try again later. With --state FILE it goes on from what was gone through."


class AuditSourceRefused(TallystickError):
    code = "audit-source-refused"
    status = 403
    title = "The server of the log refuses to show it"
    advice = (
        "Check the address, and the token that its operator gave (`tallystick reader add` there)."
    )


class AuditAnswerRefused(TallystickError):
    code = "audit-source-answer"
    status = 502
    title = "What the server of the log answers is not in its form"
    advice = "Check that the address is that of a Tallystick node or mirror of this log."
