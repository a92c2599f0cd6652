"""Audits of logs of any length: in several processes, in the same memory, broken off and gone on with.

A `Source` gives a log in pieces. The processes of a `Crew` read each piece and look at all that needs no state:
form, signatures, hashes, bodies, attachments, columns. With rules, one `Replay` then judges entry after entry;
without, the tree alone grows. What is rebuilt is in a scratch file (`store.scratch`), and what was found is `Audited`.
"""

from tallystick.ledger.auditing.audited import Audited, Held
from tallystick.ledger.auditing.crew import AuditProcessDied, Crew
from tallystick.ledger.auditing.errors import (
    AuditAnswerRefused,
    AuditSeesTooLittle,
    AuditSourceRefused,
    AuditSourceUnreachable,
    AuditStateElsewhere,
)
from tallystick.ledger.auditing.served import Server, audit_served
from tallystick.ledger.store.scratch import AuditStateBusy, AuditStateDamaged

__all__ = [
    "AuditAnswerRefused",
    "AuditProcessDied",
    "AuditSeesTooLittle",
    "AuditSourceRefused",
    "AuditSourceUnreachable",
    "AuditStateBusy",
    "AuditStateDamaged",
    "AuditStateElsewhere",
    "Audited",
    "Crew",
    "Held",
    "Server",
    "audit_served",
]
