"""A mirror's folder: its keys, whom it follows, and what it may not forget.

`mirror/key.pem` cosigns, `mirror/statement.pem` signs statements and sightings, `mirror/mirror.json` says name,
scope, log and operator, `mirror/token` how it reads there; `mirror/state/…` is its memory as a witness,
`mirror/refusal.json` what it refused. The log's entries are in the store, as any node's. One process at a time
holds it, by a lock.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, ValidationError

from tallystick.ledger import (
    PrivateKey,
    Verifier,
    mirror,
    replace_durably,
    sync_path,
    witness,
)

lock_timeout_s = 1.0
token_bytes_max = 1000
_full_name = re.compile(r"(?:.*[/.-])?mirror(?:[/.\d-].*)?")
_own_name = re.compile(r"(?:.*[/.-])?own-mirror(?:[/.\d-].*)?")


class Config(BaseModel):
    """`organisation`: whose own mirror it is, empty for a full one; `log_key` empty until it follows one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    organisation: str = ""
    log_key: str = ""
    operator: str = ""

    @property
    def scope(self) -> str:
        return f"own, of {self.organisation}" if self.organisation else "full"

    def log(self) -> Verifier:
        """The pinned key of the log; raises `NoMirror` if it follows none yet."""
        if not self.log_key:
            raise mirror.NoMirror("it follows no log yet: `tallystick mirror follow`")
        return Verifier.parse(self.log_key)


class MirrorHome:
    """The folder `mirror` in a home folder."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "mirror"
        self.memory = witness.Memory(self.folder)
        self.refusals = mirror.Refusals(self.folder)
        self.statement_file = self.folder / "statement.json"
        self._key = self.folder / "key.pem"
        self._statement_key = self.folder / "statement.pem"
        self._token = self.folder / "token"
        self._config = self.folder / "mirror.json"

    def create(self, name: str, organisation: str = "") -> None:
        """New keys under this name; raises `MirrorExists`, `NameSaysNothing` or `VerifierKeyRefused`."""
        if self._key.exists() or self._config.exists():
            raise mirror.MirrorExists(str(self.folder))
        own = _own_name.fullmatch(name) is not None
        if own != bool(organisation) or (not own and _full_name.fullmatch(name) is None):
            raise mirror.NameSaysNothing(name)
        keys = PrivateKey.generate(), PrivateKey.generate()
        witness.Cosigner.parse(witness.Cosigner(name, keys[0].public).encode())
        for path, key in zip((self._key, self._statement_key), keys, strict=True):
            key.save(path)
            sync_path(path)
        self._save(Config(name=name, organisation=organisation))

    def follow(self, log: Verifier, operator: str, token: str) -> None:
        """Follow this log from now on; again, with another address or token. Never another log."""
        with self.locked():
            config = self.config()
            if config.log_key and config.log() != log:
                raise mirror.MirrorExists(f"it follows {config.log_key}")
            if not self.memory.has(log.name):
                self.memory.save(witness.Remembered.nothing(log.name))
            replace_durably(self._token, token.encode())
            self._token.chmod(0o600)
            told = {"log_key": log.encode(), "operator": operator}
            self._save(config.model_copy(update=told))

    def config(self) -> Config:
        """Raises `NoMirror` or `MirrorDamaged`."""
        try:
            return Config.model_validate_json(self._config.read_bytes())
        except FileNotFoundError:
            raise mirror.NoMirror(str(self._config)) from None
        except (OSError, ValidationError):
            raise mirror.MirrorDamaged(str(self._config)) from None

    def token(self) -> str:
        try:
            return self._token.read_text().strip()[:token_bytes_max]
        except FileNotFoundError:
            return ""

    def key(self) -> PrivateKey:
        """The key that cosigns."""
        return _private(self._key)

    def statement_key(self) -> PrivateKey:
        """The key that signs statements and sightings."""
        return _private(self._statement_key)

    def cosigner(self) -> witness.Cosigner:
        return witness.Cosigner(self.config().name, self.key().public)

    def verifier(self) -> Verifier:
        """By which statements and sightings are verified."""
        return Verifier(self.config().name, self.statement_key().public)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """While this process alone holds the mirror; raises `NoMirror` or `MirrorBusy`."""
        if not self.folder.is_dir():
            raise mirror.NoMirror(str(self.folder))
        lock = FileLock(self.folder / "mirror.lock")
        try:
            with lock.acquire(timeout=lock_timeout_s):
                yield
        except Timeout:
            raise mirror.MirrorBusy(str(self.folder)) from None

    def _save(self, config: Config) -> None:
        replace_durably(self._config, json.dumps(config.model_dump(), indent=1).encode() + b"\n")


def _private(path: Path) -> PrivateKey:
    try:
        return PrivateKey.from_pem(path.read_bytes())
    except FileNotFoundError:
        raise mirror.NoMirror(str(path)) from None
