"""Backups of master keys: separate from those of the database, and short-lived.

Whoever holds an old copy of a database and the master key of that day reads what was erased since. So a backup
of keys names the day on which it is to be destroyed, and is refused from then on. That nobody kept another
copy cannot be proven.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tallystick.ledger.clock import Clock, from_instant, instant
from tallystick.ledger.vault.errors import KeyBackupExpired, KeyBackupRefused
from tallystick.ledger.vault.master import KeyFile, MasterKey, MasterKeyRow, master_keys_max

backup_days_default = 30
backup_days_max = 90
_day_ms = 24 * 3600 * 1000


class _KeyBackup(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    what: Literal["tallystick master keys: destroy on the day named"] = (
        "tallystick master keys: destroy on the day named"
    )
    v: Literal[1] = 1
    made: Annotated[str, Field(max_length=30)]
    expires: Annotated[str, Field(max_length=30)]
    keys: Annotated[tuple[MasterKeyRow, ...], Field(min_length=1, max_length=master_keys_max)]


def write_key_backup(keys: KeyFile, clock: Clock, days: int = backup_days_default) -> bytes:
    """All master keys, to be destroyed after so many days (`backup_days_max` at most)."""
    if not 0 < days <= backup_days_max:
        raise KeyBackupRefused(f"a backup of keys lives 1 to {backup_days_max} days, not {days}")
    now_ms = clock.now_ms()
    keys.current()
    told = _KeyBackup(
        made=instant(now_ms),
        expires=instant(now_ms + days * _day_ms),
        keys=tuple(map(MasterKeyRow.of, keys.all())),
    )
    return told.model_dump_json(indent=1).encode() + b"\n"


def read_key_backup(data: bytes, clock: Clock) -> tuple[list[MasterKey], str]:
    """The keys, oldest first, and the day on which the file is to be destroyed.

    Raises `KeyBackupRefused` or `KeyBackupExpired`.
    """
    try:
        told = _KeyBackup.model_validate_json(data)
        keys = [row.read() for row in told.keys]
        late = from_instant(told.expires) <= clock.now_ms()
    except (ValidationError, ValueError):
        raise KeyBackupRefused("it is not in its form") from None
    if late:
        raise KeyBackupExpired(f"since {told.expires}")
    return keys, told.expires


def restore_keys(keys: KeyFile, data: bytes, clock: Clock) -> list[MasterKey]:
    """Add the keys of a backup that are not in the file; those that were added."""
    found, _ = read_key_backup(data, clock)
    return keys.add(found)
