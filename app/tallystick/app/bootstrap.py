"""Composition: the one place where rules, store, signer, clock and keys are put together."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import structlog
from filelock import FileLock, Timeout

import tallystick.finance as finance
import tallystick.identity as identity
import tallystick.ledger as ledger
import tallystick.trace as trace
from tallystick.app import starting
from tallystick.app.keystore import KeyStore
from tallystick.app.settings import Settings
from tallystick.ledger import (
    Admission,
    Attachment,
    Checker,
    Clock,
    FileMemory,
    Genesis,
    Ledger,
    LogReader,
    LogSigner,
    NamedKey,
    NoLog,
    PrivateKey,
    Replication,
    RuleSet,
    SequencerBusy,
    SigningKey,
    Store,
    SystemClock,
    View,
    bls,
    governance,
    mirror,
    relaxed_collector,
    vault,
    witness,
)

no_quorum_policy = "# Nobody witnesses this log yet: every verifier says so.\nquorum none\n"
sequencer_lock_timeout_s = 2.0
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class NewLog:
    """What a new log is called and whom it trusts. Keys are made unless given."""

    origin: str
    log: str
    root: str
    root_name: dict[str, str]
    keys: Callable[[str], PrivateKey] = lambda _reference: PrivateKey.generate()
    policy: str = no_quorum_policy
    quorum: bls.Registered | None = None
    governors: tuple[governance.GovernanceKey, ...] | None = None
    suites: tuple[str, ...] = ledger.suites


def rule_set() -> RuleSet:
    """All entry types of the product."""
    rules = RuleSet()
    for part in (ledger, identity, trace, finance):
        part.register(rules)
    return rules


@lru_cache(maxsize=1)
def _shared_rules() -> RuleSet:
    return rule_set()


def admit(entry_type: str, body: bytes, attachments: tuple[Attachment, ...]) -> Admission:
    """Whether attachments fit their body: stateless, so that checking processes can do it."""
    return ledger.admission(_shared_rules(), entry_type, body, attachments)


@dataclass
class Node:
    """A store with everything needed to read it, and to write it while the lock is held."""

    settings: Settings
    store: Store
    rules: RuleSet
    directory: identity.Directory
    reader: LogReader
    keys: KeyStore
    master: vault.KeyFile
    #: What the last `writer` was held against.
    prepared: starting.Prepared | None = None

    @staticmethod
    def at(settings: Settings) -> Node:
        rules = rule_set()
        master = vault.KeyFile(settings.master_keys)
        replicated = Replication(settings.standbys_required)
        store = Store(settings.database, replicated, vault=vault.Vault(master))
        return Node(
            settings,
            store,
            rules,
            identity.Directory(),
            LogReader(store, rules),
            KeyStore(settings.folder),
            master,
        )

    @staticmethod
    def existing(settings: Settings) -> Node:
        """As `at`, for a store that holds a log; raises `NoLog`."""
        node = Node.at(settings)
        node.genesis()
        return node

    @contextmanager
    def look(self) -> Iterator[View]:
        """The state as it is now."""
        with self.reader.open() as snapshot:
            yield snapshot.view

    def memory(self) -> FileMemory:
        """The log signer's own memory and its fence, outside the database."""
        return FileMemory(self.settings.folder / "signer" / "last.json")

    def scrubs(self) -> mirror.Scrubs:
        """How far this store's own files were scrubbed."""
        return mirror.Scrubs(self.settings.folder / "scrubbed.json")

    def checker(self) -> Checker:
        processes = self.settings.verify_processes
        return Checker(Checker.processes_sensible() if processes < 0 else processes, admit)

    def genesis(self) -> dict[str, Any]:
        """The genesis body; raises `NoLog`."""
        self.store.migrate()
        with self.reader.open() as snapshot:
            found = snapshot.view.get("log", "genesis")
        if found is None:
            raise NoLog(self.store.engine.url.render_as_string())
        return dict(found)

    def operator_keys(self) -> governance.OperatorKeys:
        """Those of the newest epoch."""
        with self.reader.open() as snapshot:
            return governance.operator_keys(snapshot.view)

    @contextmanager
    def writer(
        self,
        clock: Clock | None = None,
        checker: Checker | None = None,
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> Iterator[Ledger]:
        """The ledger, opened and cross-checked, while this process is the only sequencer."""
        with self.alone(), relaxed_collector():
            self._require_master_keys()
            genesis, current = self.genesis(), self.operator_keys()
            log_key = self.keys.get(current.log_key)
            receipt_key = self.keys.get(current.receipt_key)
            ours = checker or self.checker()
            opened = Ledger(
                self.store,
                self.rules,
                self.directory,
                LogSigner(genesis["origin"], log_key, self.memory()),
                receipt_key,
                clock or SystemClock(),
                ours,
                random,
            )
            try:
                self.prepared = starting.prepare(self.settings, self.store, self.rules)
                fence = self.prepared.fence(self.memory())
                if fence is not None:
                    self.memory().set_fence(fence)
                opened.open(self.prepared.asked.claims)
                yield opened
            finally:
                if checker is None:
                    ours.close()

    def _require_master_keys(self) -> None:
        """A first key made beside lost ones would be lost in turn when those come back from a backup.

        Raises `MasterKeyMissing`.
        """
        self.store.migrate()
        with self.store.read() as transaction:
            used = transaction.attached.key_ids()
        known = {key.id for key in self.master.all()}
        missing = sorted({*used} - known)
        if missing and not known:
            raise vault.MasterKeyMissing(f"{missing[0]}: {self.master.path} is not there")
        if missing:
            _log.warning("master-key-missing", keys=missing)

    def create(
        self,
        new: NewLog,
        clock: Clock | None = None,
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        """Make a log: its keys, genesis and first block. Refuses name, policy and quorum before anything is made."""
        ledger.require_key_name(new.origin)
        references = (f"300:{new.log}", f"301:{new.log}", f"300:{new.root}")
        made = [SigningKey(reference, new.keys(reference)) for reference in references]
        public = {key.private.public for key in made}
        policy = witness.Policy.parse(new.policy)
        policy.require_of_log(public)
        if new.quorum:
            new.quorum.require_of_policy(policy)
        if new.governors is not None:
            governance.check_keys(new.governors, policy, new.origin, new.suites, public)
        log_key, receipt_key = made[:2]
        named = [NamedKey(key=key.keyid, jwk=key.private.public.jwk()) for key in made]
        with self.alone():
            book = Ledger(
                self.store,
                self.rules,
                self.directory,
                LogSigner(new.origin, log_key, self.memory()),
                receipt_key,
                clock or SystemClock(),
                random=random,
            )
            genesis = Genesis(
                origin=new.origin,
                log=new.log,
                log_key=named[0],
                receipt_key=named[1],
                root=new.root,
                root_name=new.root_name,
                root_key=named[2],
                rules=self.rules.name,
                policy=new.policy,
                suites=new.suites,
                quorum=new.quorum,
                governance=new.governors,
            )
            book.refuse_existing()
            for key in made:
                self.keys.add(key)
            book.create(genesis, made)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While this process is the only sequencer; raises `SequencerBusy`."""
        self.settings.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = FileLock(self.settings.folder / "sequencer.lock")
        try:
            with lock.acquire(timeout=sequencer_lock_timeout_s), self.store.alone():
                yield
        except Timeout:
            raise SequencerBusy(str(self.settings.folder)) from None
