"""A witness's folder: its key, the logs it watches, and its memory.

`witness/key.pem`, `witness/witness.json` (name, and the keys of each log by origin), `witness/state/…`, and for
quorum certificates `witness/quorum-key.json`. One process at a time holds it, by a lock.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, ValidationError

from tallystick.ledger import (
    Clock,
    EpochProof,
    EpochProofRefused,
    PrivateKey,
    TallystickError,
    Verifier,
    bls,
    governance,
    replace_durably,
    require_key_name,
    sync_path,
    witness,
)

lock_timeout_s = 1.0


class Config(BaseModel):
    """Name of the witness, and verifier keys of its logs by origin."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    logs: dict[str, tuple[str, ...]] = {}
    #: By origin: the statement made about each log key under which nothing is cosigned any more.
    stopped: dict[str, dict[str, str]] = {}

    def stopped_keys(self) -> dict[str, list[Verifier]]:
        return {o: [Verifier.parse(key) for key in told] for o, told in self.stopped.items()}

    def watched(self) -> dict[str, list[Verifier]]:
        return {o: [Verifier.parse(key) for key in keys] for o, keys in self.logs.items()}


class WitnessHome:
    """The folder `witness` in a home folder."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "witness"
        self.memory = witness.Memory(self.folder)
        self._key = self.folder / "key.pem"
        self._config = self.folder / "witness.json"
        self._quorum_key = self.folder / "quorum-key.json"

    def create(self, name: str) -> witness.Cosigner:
        """A new key under this name; raises `WitnessExists` or `KeyNameRefused`."""
        if self._key.exists() or self._config.exists():
            raise witness.WitnessExists(str(self.folder))
        require_key_name(name)
        key = PrivateKey.generate()
        cosigner = witness.Cosigner(name, key.public)
        key.save(self._key)
        sync_path(self._key)
        self._save(Config(name=name))
        return cosigner

    def config(self) -> Config:
        """Raises `NoWitness`, or `ConfigDamaged` if the file cannot be read."""
        try:
            return Config.model_validate_json(self._config.read_bytes())
        except FileNotFoundError:
            raise witness.NoWitness(str(self._config)) from None
        except ValidationError as error:
            raise witness.ConfigDamaged(f"{self._config}: {error.errors()[0]['msg']}") from None

    def cosigner(self) -> witness.Cosigner:
        return witness.Cosigner(self.config().name, self._private().public)

    def quorum_key(self) -> bls.QuorumKey | None:
        """The BLS key, if it has one; raises `SecretRefused` if it is damaged."""
        return bls.QuorumKey.load(self._quorum_key, self.config().name)

    def make_quorum_key(self) -> bls.QuorumKey:
        """A BLS key under the witness's name; raises `SecretExists`."""
        with self._locked():
            made = bls.QuorumKey.generate(self.config().name)
            made.save(self._quorum_key)
            return made

    def add_log(self, verifier: Verifier, *, another_key: bool = False) -> None:
        """Watch a log from now on; raises `LogWatched`. A memory that is there already stays."""
        with self._locked():
            config, origin = self.config(), verifier.name
            keys = config.logs.get(origin, ())
            if verifier.encode() in keys or (keys and not another_key):
                raise witness.LogWatched(origin)
            if not keys and not self.memory.has(origin):
                self.memory.save(witness.Remembered.nothing(origin))
            self._save(_watching(config, verifier))

    def stop_log(self, origin: str) -> governance.Stopped:
        """Never again cosign under the log's key; the statement of it, the same when asked again.

        Stored before it is told (formats §3, Epoch). Raises `LogUnknown`.
        """
        with self._locked():
            config = self.config()
            keys = config.watched().get(origin)
            if not keys:
                raise witness.LogUnknown(origin)
            newest = self.memory.load(origin)
            config = self._stopped(config, keys[-1], newest)
            self._save(config)
            return governance.Stopped(
                statement=config.stopped[origin][keys[-1].encode()], checkpoint=newest.note
            )

    def accept_epoch(self, verifier: Verifier, proof: EpochProof) -> None:
        """Watch a log's new key from the proof of its epoch, and stop every earlier one for ever.

        Raises `LogUnknown`, `EpochProofRefused`, `ChainRefused`.
        """
        origin = verifier.name
        with self._locked():
            config = self.config()
            keys = config.watched().get(origin)
            if not keys:
                raise witness.LogUnknown(origin)
            newest = self.memory.load(origin)
            found = proof.verify(keys, newest.checkpoint)
            if found.at(found.epochs[-1] + 1).log != verifier:
                raise EpochProofRefused(f"its newest key is not {verifier.encode()}")
            if verifier in keys:
                raise witness.LogWatched(origin)
            for key in keys:
                config = self._stopped(config, key, newest)
            self._save(_watching(config, verifier))

    def _stopped(self, config: Config, key: Verifier, newest: witness.Remembered) -> Config:
        """With a statement about this key; one made before stays as it was."""
        told = config.stopped.get(key.name, {})
        if key.encode() in told:
            return config
        statement = governance.StopStatement(key, newest.checkpoint)
        note = statement.sign(config.name, self._private()).encode()
        stopped = {**config.stopped, key.name: {**told, key.encode(): note}}
        return Config(name=config.name, logs=config.logs, stopped=stopped)

    def restart(
        self, origin: str, size: int, checkpoint: bytes, *, not_cosigned: bool = False
    ) -> None:
        """Remember this checkpoint in place of what was lost; raises `RestartRefused`."""
        with self._locked():
            keys = self.config().watched().get(origin)
            if keys is None:
                raise witness.LogUnknown(origin)
            if self.lost(origin) is None:
                raise witness.RestartRefused(f"nothing is lost of {origin}")
            found = witness.restarted(
                (origin, size), checkpoint, keys, self.cosigner(), not_cosigned=not_cosigned
            )
            self.memory.save(found)

    def lost(self, origin: str) -> TallystickError | None:
        """What is wrong with the memory of a log, if anything."""
        try:
            self.memory.load(origin)
        except witness.StateLost as error:
            return error
        return None

    @contextmanager
    def open(self, clock: Clock) -> Iterator[witness.Witness]:
        """The witness, while this process holds it; raises `WitnessBusy`, `StateLost`, `StateDamaged`."""
        with self._locked():
            config = self.config()
            yield witness.Witness(
                config.name,
                self._private(),
                config.watched(),
                self.memory,
                clock,
                config.stopped_keys(),
            )

    def _private(self) -> PrivateKey:
        try:
            return PrivateKey.from_pem(self._key.read_bytes())
        except FileNotFoundError:
            raise witness.NoWitness(str(self._key)) from None

    def _save(self, config: Config) -> None:
        replace_durably(self._config, json.dumps(config.model_dump(), indent=1).encode() + b"\n")

    @contextmanager
    def _locked(self) -> Iterator[None]:
        if not self.folder.is_dir():
            raise witness.NoWitness(str(self.folder))
        lock = FileLock(self.folder / "witness.lock")
        try:
            with lock.acquire(timeout=lock_timeout_s):
                yield
        except Timeout:
            raise witness.WitnessBusy(str(self.folder)) from None


def _watching(config: Config, verifier: Verifier) -> Config:
    """With this key of a log too."""
    logs = {**config.logs, verifier.name: (*config.logs.get(verifier.name, ()), verifier.encode())}
    return Config(name=config.name, logs=logs, stopped=config.stopped)
