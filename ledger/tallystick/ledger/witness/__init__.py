"""Witnesses: policies, cosignatures, the witness itself, and the log's side of its protocol (C2SP)."""

from tallystick.ledger.routes import witness_router as router
from tallystick.ledger.witness.client import Prove, RemoteWitness, remote_witnesses
from tallystick.ledger.witness.collect import AskedWitness, Collected, Outcome, collect, outcome_of
from tallystick.ledger.witness.cosignature import Cosigner, cosign, cosigned_at
from tallystick.ledger.witness.cosigned import Cosigned, cosign_times, open_cosigned
from tallystick.ledger.witness.errors import (
    CheckpointInconsistent,
    CheckpointNotTrusted,
    ConfigDamaged,
    CosignatureRefused,
    LogStopped,
    LogUnknown,
    LogWatched,
    NoWitness,
    PolicyNotOfLog,
    PolicyRefused,
    QuorumMissing,
    QuorumsApart,
    RestartRefused,
    StateDamaged,
    StateLost,
    WitnessAhead,
    WitnessBusy,
    WitnessConflict,
    WitnessExists,
    WitnessRequestRefused,
    WitnessWithholds,
)
from tallystick.ledger.witness.memory import Memory, Remembered, origin_hash
from tallystick.ledger.witness.policy import Policy, PolicyLog, PolicyWitness
from tallystick.ledger.witness.quorum import Group, Verdict, printable
from tallystick.ledger.witness.request import AddCheckpoint, parse_lines
from tallystick.ledger.witness.restart import restarted
from tallystick.ledger.witness.rule import WatchedLog, Witness

__all__ = [
    "AddCheckpoint",
    "AskedWitness",
    "CheckpointInconsistent",
    "CheckpointNotTrusted",
    "Collected",
    "ConfigDamaged",
    "CosignatureRefused",
    "Cosigned",
    "Cosigner",
    "Group",
    "LogStopped",
    "LogUnknown",
    "LogWatched",
    "Memory",
    "NoWitness",
    "Outcome",
    "Policy",
    "PolicyLog",
    "PolicyNotOfLog",
    "PolicyRefused",
    "PolicyWitness",
    "Prove",
    "QuorumMissing",
    "QuorumsApart",
    "Remembered",
    "RemoteWitness",
    "RestartRefused",
    "StateDamaged",
    "StateLost",
    "Verdict",
    "WatchedLog",
    "Witness",
    "WitnessAhead",
    "WitnessBusy",
    "WitnessConflict",
    "WitnessExists",
    "WitnessRequestRefused",
    "WitnessWithholds",
    "collect",
    "cosign",
    "cosign_times",
    "cosigned_at",
    "open_cosigned",
    "origin_hash",
    "outcome_of",
    "parse_lines",
    "printable",
    "remote_witnesses",
    "restarted",
    "router",
]
