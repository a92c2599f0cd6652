"""What can be wrong with master keys and with what they protect."""

from __future__ import annotations

from tallystick.ledger.errors import TallystickError


class MasterKeyMissing(TallystickError):
    code = "master-key-missing"
    status = 503
    title = "An attachment is sealed under a master key that is not here"
    advice = (
        "Name the file of master keys by TALLYSTICK_MASTER_KEY_FILE, or restore it with "
        "`tallystick keys restore`. If it is lost for good, `tallystick keys make` goes on without."
    )


class MasterKeysDamaged(TallystickError):
    code = "master-keys-damaged"
    status = 500
    title = "The file of master keys cannot be read"
    advice = "Restore it with `tallystick keys restore`. Until then no attachment can be read or taken in."


class MasterKeysReadOnly(TallystickError):
    code = "master-keys-read-only"
    status = 507
    title = "The file of master keys cannot be written"
    advice = "Run this where the file may be replaced: it is given to this process to read alone."


class AttachmentSpoilt(TallystickError):
    code = "attachment-spoilt"
    status = 500
    title = "A stored attachment, or its key, is not what was sealed"
    advice = "Run `tallystick audit`, and restore the newest good copy of the database."


class KeyBackupRefused(TallystickError):
    code = "key-backup-refused"
    status = 422
    title = "The file is no backup of master keys"
    advice = "Give a file that `tallystick keys backup` wrote, as it was written."


class KeyBackupExpired(TallystickError):
    code = "key-backup-expired"
    status = 410
    title = "This backup of master keys is past its day, and should have been destroyed"
    advice = "Destroy it. With it, attachments erased since then could be read from old copies."
