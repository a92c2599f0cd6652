"""Mirrors: they fetch a log, execute its rules again, and cosign only what came out the same (formats §3)."""

from tallystick.ledger.mirror.again import Again, Retake, Span
from tallystick.ledger.mirror.cosigned import keep_cosigned
from tallystick.ledger.mirror.cosigning import MirrorWitness, Statements, newest_statement
from tallystick.ledger.mirror.erasing import Erasing, Scrubs
from tallystick.ledger.mirror.errors import (
    MirrorBehind,
    MirrorBusy,
    MirrorCannotFollow,
    MirrorDamaged,
    MirrorExists,
    MirrorLacksBody,
    MirrorLacksSuite,
    MirrorRefuses,
    MirrorServes,
    MirrorStopped,
    MirrorWithholds,
    NameSaysNothing,
    NoMirror,
    NoRefusal,
    OperatorAnswerRefused,
    OperatorRefused,
    OperatorUnreachable,
    SightingsFull,
    StatementRefused,
)
from tallystick.ledger.mirror.follow import Following, Source
from tallystick.ledger.mirror.mirror import Mirror, Standing
from tallystick.ledger.mirror.operator import Operator, OperatorAnswer
from tallystick.ledger.mirror.own import OwnFollowing
from tallystick.ledger.mirror.refusal import Refusal, Refusals
from tallystick.ledger.mirror.seen import Seen, overdue
from tallystick.ledger.mirror.source import StoreSource
from tallystick.ledger.mirror.statement import Statement, open_statement
from tallystick.ledger.routes import feed_router

__all__ = [
    "Again",
    "Erasing",
    "Following",
    "Mirror",
    "MirrorBehind",
    "MirrorBusy",
    "MirrorCannotFollow",
    "MirrorDamaged",
    "MirrorExists",
    "MirrorLacksBody",
    "MirrorLacksSuite",
    "MirrorRefuses",
    "MirrorServes",
    "MirrorStopped",
    "MirrorWithholds",
    "MirrorWitness",
    "NameSaysNothing",
    "NoMirror",
    "NoRefusal",
    "Operator",
    "OperatorAnswer",
    "OperatorAnswerRefused",
    "OperatorRefused",
    "OperatorUnreachable",
    "OwnFollowing",
    "Refusal",
    "Refusals",
    "Retake",
    "Scrubs",
    "Seen",
    "SightingsFull",
    "Source",
    "Span",
    "Standing",
    "Statement",
    "StatementRefused",
    "Statements",
    "StoreSource",
    "feed_router",
    "keep_cosigned",
    "newest_statement",
    "open_statement",
    "overdue",
]
