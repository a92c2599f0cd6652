"""Attachments at rest: each under a key of its own, and all those keys under a master key outside the database."""

from tallystick.ledger.vault.errors import (
    AttachmentSpoilt,
    KeyBackupExpired,
    KeyBackupRefused,
    MasterKeyMissing,
    MasterKeysDamaged,
    MasterKeysReadOnly,
)
from tallystick.ledger.vault.key_backup import (
    backup_days_default,
    backup_days_max,
    read_key_backup,
    restore_keys,
    write_key_backup,
)
from tallystick.ledger.vault.master import KeyFile, MasterKey, MasterKeys, MemoryKeys, key_of
from tallystick.ledger.vault.sealing import Sealed, Vault, sealed_size

__all__ = [
    "AttachmentSpoilt",
    "KeyBackupExpired",
    "KeyBackupRefused",
    "KeyFile",
    "MasterKey",
    "MasterKeyMissing",
    "MasterKeys",
    "MasterKeysDamaged",
    "MasterKeysReadOnly",
    "MemoryKeys",
    "Sealed",
    "Vault",
    "backup_days_default",
    "backup_days_max",
    "key_of",
    "read_key_backup",
    "restore_keys",
    "sealed_size",
    "write_key_backup",
]
