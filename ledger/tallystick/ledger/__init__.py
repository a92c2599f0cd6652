"""The log: entries, Merkle tree, checkpoints, proofs, storage, audit."""

from tallystick.ledger import tiles, witness
from tallystick.ledger.api import ReadOnly, router
from tallystick.ledger.audit import Audited, audit, log_verifier
from tallystick.ledger.author import Author, StreamAuthor
from tallystick.ledger.canonical import Document, NotCanonical
from tallystick.ledger.checker import Checker
from tallystick.ledger.checkpoint import Checkpoint, ProofFile, open_checkpoint
from tallystick.ledger.clock import Clock, SetClock, SystemClock, from_instant, instant
from tallystick.ledger.collector import relaxed_collector
from tallystick.ledger.durable import replace_durably, sync_path
from tallystick.ledger.entry import (
    Attachment,
    Entry,
    Envelope,
    SigningKey,
    Submission,
    attachment_bytes_max,
    body_bytes_max,
    body_hash,
    new_id,
    no_prev,
    payload_hash,
    public_salt,
    sign_entry,
)
from tallystick.ledger.errors import InvariantError, RuleError, TallystickError, error_types
from tallystick.ledger.fields import AttachmentRef, Body, Handle
from tallystick.ledger.judge import admission
from tallystick.ledger.keys import ED25519, P256, PrivateKey, PublicKey, suites
from tallystick.ledger.note import Note, NoteKey, Verifier
from tallystick.ledger.reader import LogReader, Snapshot
from tallystick.ledger.readers import (
    NotReadable,
    Reader,
    auditor_reader,
    public_reader,
    witness_reader,
)
from tallystick.ledger.receipt import open_receipt
from tallystick.ledger.replay import NotSound
from tallystick.ledger.rules import Act, EntryType, RuleSet, Signer
from tallystick.ledger.sequencer import Busy, Sequencer
from tallystick.ledger.service import DataLost, Ledger, LogExists, NoLog, publish_job
from tallystick.ledger.signer import FileMemory, LogSigner
from tallystick.ledger.state import Change, Effects, Found, Kind, MemoryState, Overlay, State, View
from tallystick.ledger.store import Store
from tallystick.ledger.submission import Answer
from tallystick.ledger.system import Genesis, NamedKey, register, simulated_suffix
from tallystick.ledger.verify import Admission
from tallystick.ledger.wire import read_batch, write_answer, write_batch

__all__ = [
    "ED25519",
    "P256",
    "Act",
    "Admission",
    "Answer",
    "Attachment",
    "AttachmentRef",
    "Audited",
    "Author",
    "Body",
    "Busy",
    "Change",
    "Checker",
    "Checkpoint",
    "Clock",
    "DataLost",
    "Document",
    "Effects",
    "Entry",
    "EntryType",
    "Envelope",
    "FileMemory",
    "Found",
    "Genesis",
    "Handle",
    "InvariantError",
    "Kind",
    "Ledger",
    "LogExists",
    "LogReader",
    "LogSigner",
    "MemoryState",
    "NamedKey",
    "NoLog",
    "NotCanonical",
    "NotReadable",
    "NotSound",
    "Note",
    "NoteKey",
    "Overlay",
    "PrivateKey",
    "ProofFile",
    "PublicKey",
    "ReadOnly",
    "Reader",
    "RuleError",
    "RuleSet",
    "Sequencer",
    "SetClock",
    "Signer",
    "SigningKey",
    "Snapshot",
    "State",
    "Store",
    "StreamAuthor",
    "Submission",
    "SystemClock",
    "TallystickError",
    "Verifier",
    "View",
    "admission",
    "attachment_bytes_max",
    "audit",
    "auditor_reader",
    "body_bytes_max",
    "body_hash",
    "error_types",
    "from_instant",
    "instant",
    "log_verifier",
    "new_id",
    "no_prev",
    "open_checkpoint",
    "open_receipt",
    "payload_hash",
    "public_reader",
    "public_salt",
    "publish_job",
    "read_batch",
    "register",
    "relaxed_collector",
    "replace_durably",
    "router",
    "sign_entry",
    "simulated_suffix",
    "suites",
    "sync_path",
    "tiles",
    "witness",
    "witness_reader",
    "write_answer",
    "write_batch",
]
