"""Backups: one format for both databases, written while the log goes on, restored only when sound and newest."""

from tallystick.ledger.backup.beside import Files, Put, Take
from tallystick.ledger.backup.errors import (
    BackupBehind,
    BackupDiffers,
    BackupExists,
    BackupFileChanged,
    BackupFileMissing,
    BackupManifestRefused,
    BackupNewer,
    BackupRefused,
    BackupUnwritable,
    RestoredDiffers,
)
from tallystick.ledger.backup.layout import Manifest
from tallystick.ledger.backup.restore import (
    Backup,
    Claims,
    Erase,
    Restored,
    reapply_erasures,
    restore_backup,
)
from tallystick.ledger.backup.write import BackedUp, Step, write_backup

__all__ = [
    "BackedUp",
    "Backup",
    "BackupBehind",
    "BackupDiffers",
    "BackupExists",
    "BackupFileChanged",
    "BackupFileMissing",
    "BackupManifestRefused",
    "BackupNewer",
    "BackupRefused",
    "BackupUnwritable",
    "Claims",
    "Erase",
    "Files",
    "Manifest",
    "Put",
    "Restored",
    "RestoredDiffers",
    "Step",
    "Take",
    "reapply_erasures",
    "restore_backup",
    "write_backup",
]
