"""The log: entries, Merkle tree, checkpoints, proofs, storage, audit."""

from tallystick.ledger import export, governance, promise, tiles, witness
from tallystick.ledger.api import ReadOnly, router
from tallystick.ledger.attachments import admission
from tallystick.ledger.audit import Audited, audit
from tallystick.ledger.author import Author, StreamAuthor
from tallystick.ledger.canonical import Document, Json, NotCanonical
from tallystick.ledger.checker import Checker
from tallystick.ledger.checkpoint import Checkpoint, ProofFile, open_checkpoint
from tallystick.ledger.claims import claimed_size as checkpoint_size
from tallystick.ledger.clock import Clock, SetClock, SystemClock, from_instant, instant
from tallystick.ledger.collector import relaxed_collector
from tallystick.ledger.durable import replace_durably, sync_path
from tallystick.ledger.entry import (
    Attachment,
    Entry,
    Envelope,
    Signature,
    SigningKey,
    Submission,
    attachment_bytes_max,
    body_bytes_max,
    body_hash,
    new_id,
    no_prev,
    pae,
    payload_hash,
    public_salt,
    sign_entry,
)
from tallystick.ledger.epoch_proof import EpochBehind, EpochProof, EpochProofRefused
from tallystick.ledger.errors import (
    DataLost,
    InvariantError,
    LogExists,
    NoLog,
    RuleError,
    TallystickError,
    error_types,
)
from tallystick.ledger.fields import (
    AttachmentRef,
    Body,
    Count,
    Handle,
    Hex32,
    Instant,
    KeyRef,
    MoneyDate,
    Positive,
    Prefix,
    Text,
    text_chars_max,
)
from tallystick.ledger.finality import Finality, Grade, WitnessState
from tallystick.ledger.finding import by_body_hash, by_handle, search
from tallystick.ledger.governance import NamedKey, log_verifier
from tallystick.ledger.keys import ED25519, P256, PrivateKey, PublicKey, suites
from tallystick.ledger.merkle import leaf_hash, node_hash
from tallystick.ledger.note import Note, NoteKey, NoteSignature, Verifier
from tallystick.ledger.passkey import Assertion, Passkey, challenge
from tallystick.ledger.reach import (
    ChainEntry,
    ChainNotPinned,
    ChainRefused,
    InForce,
    Pinned,
    Reached,
    reach,
)
from tallystick.ledger.reader import Disclosed, LogReader, Snapshot
from tallystick.ledger.readers import (
    NotReadable,
    Reader,
    auditor_reader,
    everybody,
    public_reader,
    witness_reader,
)
from tallystick.ledger.receipt import ReceiptRefused, ReceiptWrongKey, Received, open_receipt
from tallystick.ledger.replay import NotSound
from tallystick.ledger.request import read_limited
from tallystick.ledger.rules import Act, EntryType, Parties, Rule, RuleSet, Signer
from tallystick.ledger.sequencer import Busy, Sequencer
from tallystick.ledger.service import Ledger, cosign_job, publish_job
from tallystick.ledger.signer import Fence, FileMemory, LogFenced, LogSigner
from tallystick.ledger.speaking import KeyRecord
from tallystick.ledger.state import (
    Change,
    Effects,
    Found,
    IndexKeys,
    Key,
    Kind,
    MemoryState,
    Overlay,
    State,
    View,
)
from tallystick.ledger.store import AskedRow, EntryRow, Store
from tallystick.ledger.submission import Answer
from tallystick.ledger.system import (
    Genesis,
    genesis_type,
    register,
    simulated_suffix,
)
from tallystick.ledger.takeover import TakeOverRefused, prove_epoch, take_over
from tallystick.ledger.verify import Admission, check_signature
from tallystick.ledger.wire import read_batch, write_answer, write_batch

__all__ = [
    "ED25519",
    "P256",
    "Act",
    "Admission",
    "Answer",
    "AskedRow",
    "Assertion",
    "Attachment",
    "AttachmentRef",
    "Audited",
    "Author",
    "Body",
    "Busy",
    "ChainEntry",
    "ChainNotPinned",
    "ChainRefused",
    "Change",
    "Checker",
    "Checkpoint",
    "Clock",
    "Count",
    "DataLost",
    "Disclosed",
    "Document",
    "Effects",
    "Entry",
    "EntryRow",
    "EntryType",
    "Envelope",
    "EpochBehind",
    "EpochProof",
    "EpochProofRefused",
    "Fence",
    "FileMemory",
    "Finality",
    "Found",
    "Genesis",
    "Grade",
    "Handle",
    "Hex32",
    "InForce",
    "IndexKeys",
    "Instant",
    "InvariantError",
    "Json",
    "Key",
    "KeyRecord",
    "KeyRef",
    "Kind",
    "Ledger",
    "LogExists",
    "LogFenced",
    "LogReader",
    "LogSigner",
    "MemoryState",
    "MoneyDate",
    "NamedKey",
    "NoLog",
    "NotCanonical",
    "NotReadable",
    "NotSound",
    "Note",
    "NoteKey",
    "NoteSignature",
    "Overlay",
    "Parties",
    "Passkey",
    "Pinned",
    "Positive",
    "Prefix",
    "PrivateKey",
    "ProofFile",
    "PublicKey",
    "Reached",
    "ReadOnly",
    "Reader",
    "ReceiptRefused",
    "ReceiptWrongKey",
    "Received",
    "Rule",
    "RuleError",
    "RuleSet",
    "Sequencer",
    "SetClock",
    "Signature",
    "Signer",
    "SigningKey",
    "Snapshot",
    "State",
    "Store",
    "StreamAuthor",
    "Submission",
    "SystemClock",
    "TakeOverRefused",
    "TallystickError",
    "Text",
    "Verifier",
    "View",
    "WitnessState",
    "admission",
    "attachment_bytes_max",
    "audit",
    "auditor_reader",
    "body_bytes_max",
    "body_hash",
    "by_body_hash",
    "by_handle",
    "challenge",
    "check_signature",
    "checkpoint_size",
    "cosign_job",
    "error_types",
    "everybody",
    "export",
    "from_instant",
    "genesis_type",
    "governance",
    "instant",
    "leaf_hash",
    "log_verifier",
    "new_id",
    "no_prev",
    "node_hash",
    "open_checkpoint",
    "open_receipt",
    "pae",
    "payload_hash",
    "promise",
    "prove_epoch",
    "public_reader",
    "public_salt",
    "publish_job",
    "reach",
    "read_batch",
    "read_limited",
    "register",
    "relaxed_collector",
    "replace_durably",
    "router",
    "search",
    "sign_entry",
    "simulated_suffix",
    "suites",
    "sync_path",
    "take_over",
    "text_chars_max",
    "tiles",
    "witness",
    "witness_reader",
    "write_answer",
    "write_batch",
]
