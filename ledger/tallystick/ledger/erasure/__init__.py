"""Erasure: the entry that destroys an attachment, and everything that follows from it (ADR 0026)."""

from tallystick.ledger.erasure.applying import apply_erasures, erase_named
from tallystick.ledger.erasure.body import (
    Erase,
    Reason,
    TextClass,
    erase_type,
    reasons,
    text_classes,
)
from tallystick.ledger.erasure.errors import (
    AttachmentErased,
    AttachmentMissing,
    AttachmentUnknown,
    ErasedAlready,
    ErasureListRefused,
    ErasureStatementOlder,
    ErasureStatementRefused,
    NothingToErase,
    NotTheOwner,
)
from tallystick.ledger.erasure.found import Erasure, erased_of, names_erased
from tallystick.ledger.erasure.kept import Kept, erasures_below, keep_statement, kept_statements
from tallystick.ledger.erasure.listed import read_erasures
from tallystick.ledger.erasure.rule import register_erasure
from tallystick.ledger.erasure.statement import (
    ErasureStatement,
    list_hash,
    open_erasure_statement,
)
from tallystick.ledger.routes import erasure_router as router

__all__ = [
    "AttachmentErased",
    "AttachmentMissing",
    "AttachmentUnknown",
    "Erase",
    "ErasedAlready",
    "Erasure",
    "ErasureListRefused",
    "ErasureStatement",
    "ErasureStatementOlder",
    "ErasureStatementRefused",
    "Kept",
    "NotTheOwner",
    "NothingToErase",
    "Reason",
    "TextClass",
    "apply_erasures",
    "erase_named",
    "erase_type",
    "erased_of",
    "erasures_below",
    "keep_statement",
    "kept_statements",
    "list_hash",
    "names_erased",
    "open_erasure_statement",
    "read_erasures",
    "reasons",
    "register_erasure",
    "router",
    "text_classes",
]
