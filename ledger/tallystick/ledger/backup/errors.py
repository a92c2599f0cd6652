"""What can be wrong with a backup, each by its name."""

from __future__ import annotations

from tallystick.ledger.errors import DataLost, TallystickError


class BackupExists(TallystickError):
    code = "backup-exists"
    status = 409
    title = "There is something under the name of the new backup"
    advice = "Name a folder that does not exist yet: a backup never replaces another one."


class BackupUnwritable(TallystickError):
    code = "backup-unwritable"
    status = 507
    title = "The backup cannot be written"
    advice = "Nothing is left under its name. Check that the disk has room and the folder is yours."


class BackupRefused(TallystickError):
    """Base of what `restore` refuses before it looks at a single entry."""

    code = "backup-refused"
    status = 422
    title = "The folder is no backup in its form"
    advice = "Nothing was restored. Copy the backup again and compare it by SHA256SUMS, or take another one."


class BackupFileMissing(BackupRefused):
    code = "backup-file-missing"
    title = "A file of the backup is missing, is a link, or cannot be read"


class BackupFileChanged(BackupRefused):
    code = "backup-file-changed"
    title = "A file of the backup is not the one that SHA256SUMS lists"


class BackupManifestRefused(BackupRefused):
    code = "backup-manifest-refused"
    title = "SHA256SUMS, manifest.json or the checkpoint of the backup is not in its form"


class BackupDiffers(BackupRefused):
    code = "backup-differs"
    title = "The backup's database is not the one that its manifest and checkpoint describe"
    advice = "Nothing was restored. Keep this backup as evidence, and take another one."


class BackupNewer(BackupRefused):
    code = "backup-of-newer-version"
    title = "A newer version of Tallystick made this backup"
    advice = "Nothing was restored. Restore it with that version or a later one."


class BackupBehind(DataLost):
    code = "backup-behind"
    title = (
        "The backup is older than what the log signed: to restore it would lose acknowledged data"
    )
    advice = (
        "Nothing was restored. Take a newer backup, or a mirror's full export (`tallystick log export DIR` "
        "there, `tallystick log import DIR` here): docs/how-to/recover-from-a-disaster.md."
    )


class RestoredDiffers(TallystickError):
    code = "restored-differs"
    status = 500
    title = "The database gave back other rows than it was given"
    advice = "Nothing was restored. Check the disk and the memory of the database's machine."
