"""A mirror's folder: its keys, whom it follows, and what it may not forget.

As a witness it is an ordinary one, in `witness/` of the same home: key, log keys and memory, with all commands
of `tallystick witness` but `serve`. `mirror/statement.pem` signs statements and sightings, `mirror/mirror.json`
says scope, log and operator, `mirror/token` how it reads there, `mirror/refusal.json` what it refused. The log's
entries are in the store, as any node's. One process at a time holds it, by a lock.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, ValidationError

from tallystick.app.witness.home import WitnessHome
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


def says_mirror(name: str) -> bool:
    """Whether a name says that its bearer is a mirror, of either kind: policies are written by it."""
    return any(one.fullmatch(name) is not None for one in (_full_name, _own_name))


class Config(BaseModel):
    """`organisation`: whose own mirror it is, empty for a full one; `origin` empty until it follows a log."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    organisation: str = ""
    origin: str = ""
    operator: str = ""

    @property
    def scope(self) -> str:
        return f"own, of {self.organisation}" if self.organisation else "full"


class MirrorHome:
    """The folder `mirror` in a home folder."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "mirror"
        self.witness = WitnessHome(home)
        self.refusals = mirror.Refusals(self.folder)
        self.statement_file = self.folder / "statement.json"
        self.erasures_file = self.folder / "erasures.json"
        self._statement_key = self.folder / "statement.pem"
        self._token = self.folder / "token"
        self._config = self.folder / "mirror.json"

    def exists(self) -> bool:
        return self._config.exists()

    def create(self, name: str, organisation: str = "") -> None:
        """New keys under this name; raises `MirrorExists`, `WitnessExists`, `NameSaysNothing`, …"""
        if self.exists() or self._statement_key.exists():
            raise mirror.MirrorExists(str(self.folder))
        own = _own_name.fullmatch(name) is not None
        if own != bool(organisation) or (not own and _full_name.fullmatch(name) is None):
            raise mirror.NameSaysNothing(name)
        self.witness.create(name)
        PrivateKey.generate().save(self._statement_key)
        sync_path(self._statement_key)
        self._save(Config(name=name, organisation=organisation))

    def follow(self, log: Verifier, operator: str, token: str) -> None:
        """Follow this log from now on; again, with another address or token. Never another log.

        Another key of the log comes by `tallystick witness add-log`.
        """
        with self.locked():
            config = self.config()
            known = self.witness.config().watched().get(log.name, [])
            if (config.origin or log.name) != log.name or (known and log not in known):
                raise mirror.MirrorExists(f"it follows {config.origin}, by the keys it has")
            if not known:
                self.witness.add_log(log)
            replace_durably(self._token, token.encode(), secret=True)
            told = {"origin": log.name, "operator": operator}
            self._save(config.model_copy(update=told))

    def log(self) -> Verifier:
        """The newest key of the log; raises `NoMirror` if it follows none yet, or `MirrorStopped`."""
        config, origin = self.witness.config(), self.config().origin
        keys = config.watched().get(origin)
        if not keys:
            raise mirror.NoMirror("it follows no log yet: `tallystick mirror follow`")
        if keys[-1] in config.stopped_keys().get(origin, ()):
            raise mirror.MirrorStopped(keys[-1].encode())
        return keys[-1]

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

    def statement_key(self) -> PrivateKey:
        """The key that signs statements and sightings."""
        try:
            return PrivateKey.from_pem(self._statement_key.read_bytes())
        except FileNotFoundError:
            raise mirror.NoMirror(str(self._statement_key)) from None

    def cosigner(self) -> witness.Cosigner:
        return self.witness.cosigner()

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
