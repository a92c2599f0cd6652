"""A small log with a root, a node, a core enterprise and a supplier, for tests."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from tallystick.identity import (
    AddDevice,
    AddKey,
    AddPerson,
    CreateHandles,
    DelegatePrefix,
    Directory,
    HandleRecord,
    HandleValue,
    RegisterOrganisation,
    devices,
    speaker,
)
from tallystick.identity import register as register_identity
from tallystick.ledger import (
    Act,
    Answer,
    AttachmentRef,
    Audited,
    Author,
    Body,
    Change,
    Checker,
    Effects,
    EntryType,
    FileMemory,
    Genesis,
    Kind,
    Ledger,
    LogReader,
    LogSigner,
    Mark,
    NamedKey,
    PrivateKey,
    Replication,
    Rule,
    RuleError,
    RuleSet,
    SetClock,
    SigningKey,
    State,
    Store,
    StreamAuthor,
    Submission,
    TallystickError,
    audit,
    bls,
    graded,
    register,
    suites,
    vault,
)
from tallystick.ledger.governance import GovernanceKey

#: The same master key in every test, so that one store opens what another sealed.
a_vault = vault.Vault(vault.MemoryKeys(vault.key_of(b"master key of these tests, 32 by")))
root = "99/O-ROOT000000000"
log = "99/L-LOG0000000000"
node = "99/O-NODE000000000"
core = "99.100/O-CORE000000000"
supplier = "99.100/O-SUPPLIER00000"


def key(reference: str, suite: str = suites[0]) -> SigningKey:
    return SigningKey(
        reference, PrivateKey.from_seed(hashlib.sha256(reference.encode()).digest(), suite)
    )


def rule_set() -> RuleSet:
    rules = RuleSet()
    register(rules)
    register_identity(rules)
    return rules


class Seeded:
    """Random bytes that are the same in every run."""

    def __init__(self, seed: str = "tests") -> None:
        self._seed, self._count = seed, 0

    def __call__(self, size: int) -> bytes:
        self._count += 1
        return hashlib.shake_256(f"{self._seed}/{self._count}".encode()).digest(size)


class NoteRefused(RuleError):
    code = "note-refused-by-rule"
    title = "The rule of these tests refuses this note"


class NoteBody(Body):
    """What the tests say: `refuse` is refused by the rule; `to` may read it too."""

    text: str
    to: str | None = None
    attachments: tuple[AttachmentRef, ...] = ()


def _note(state: State, act: Act[NoteBody]) -> list[Change]:
    speaker(state, act.author)
    if act.body.text == "refuse":
        raise NoteRefused(act.id)
    count = len(state.group("note", act.author))
    return [Change("note", act.author, {"text": act.body.text, "by": act.author}, f"{count:06d}")]


def _readers(state: State, act: Act[NoteBody]) -> list[str]:
    return [speaker(state, act.author).organisation, act.body.to or ""]


class NoteContradicts(TallystickError):
    code = "note-contradicts"
    status = 422
    title = "An attachment says another thing than the note"


def _check_note(body: NoteBody, attached: Mapping[str, bytes]) -> None:
    if body.text == "crash the check":
        raise AttributeError("a defect of the check")
    if body.text == "as attached" and any(data != b"as attached" for data in attached.values()):
        raise NoteContradicts(body.text)


def _noting(rule: Rule) -> Rule:
    """As the rule of keys, but that it is asked nothing about types of tests, nor about all of them: streams are the
    ledger's own, which knows of no class of devices.
    """

    def add_key(state: State, act: Act[AddKey]) -> Effects:
        types = act.body.types
        known = tuple(one for one in types if one != "*" and not one.startswith("test."))
        asked = act.body.model_copy(update={"types": known})
        return [
            replace(one, value={**one.value, "types": sorted(set(types))})
            if one.kind == "key" and one.value
            else one
            for one in rule(state, replace(act, body=asked))
        ]

    return add_key


note_data = graded("personal", "partner", attachments=Mark("personal", "public"))
note_data_alone = graded("personal", "partner")


def rules_with_notes() -> RuleSet:
    """The rules of ledger and identity, and a type of these tests with attachments and readers."""
    return with_notes(rule_set())


def with_notes(rules: RuleSet) -> RuleSet:
    """These rules and the notes of the tests, which devices of every class may write."""
    added = rules.types["identity.key.add/1"]
    rules.types["identity.key.add/1"] = replace(added, rule=_noting(added.rule))
    rules.add_kinds(Kind("note", {"note-by-text": lambda _name, _part, doc: [str(doc["text"])]}))
    rules.add(
        EntryType(
            "test.note/1",
            NoteBody,
            _note,
            "A note of the tests",
            parties=_readers,
            reporting=True,
            attachments=lambda body: body.attachments,
            admit=_check_note,
            data=note_data,
        ),
        EntryType(
            "test.own/1",
            NoteBody,
            _note,
            "As a note, with an own key",
            own_key=True,
            data=note_data_alone,
        ),
    )
    return rules


def table_rows(store: Store, names: Sequence[str]) -> dict[str, list[tuple[object, ...]]]:
    """Rows by table. Attachments opened: each store seals them under keys of its own."""
    with store.read() as transaction:
        found: dict[str, list[tuple[object, ...]]] = {}
        for name in names:
            if name == "attachment":
                held = transaction.attached.between(0, 2**62)
                found[name] = [(one.index, one.open()) for one in held]
            else:
                found[name] = list(transaction.rows(name))
        return found


@dataclass
class World:
    url: str
    home: Path
    rules: RuleSet = field(default_factory=rule_set)
    clock: SetClock = field(default_factory=lambda: SetClock("2026-01-05T01:00:00.000Z"))
    random: Seeded = field(default_factory=Seeded)
    origin: str = "log.example/tests/simulated"
    checker: Checker = field(default_factory=Checker)
    existing: bool = False
    policy: str = "quorum none\n"
    admitted: tuple[str, ...] = suites
    quorum: bls.Registered | None = None
    governors: tuple[GovernanceKey, ...] | None = None
    replicated: Replication | None = None
    _gathered: list[Submission] | None = None
    _purposes: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.store = Store(self.url, self.replicated, a_vault)
        self.memory = FileMemory(self.home / "last.json")
        self.ledger = self.open()
        if self.existing:
            self.ledger.open()
        else:
            self._create()

    def _create(self) -> None:
        named = [
            NamedKey(key=k.keyid, jwk=k.private.public.jwk())
            for k in (key(f"300:{log}"), key(f"301:{log}"), key(f"300:{root}"))
        ]
        genesis = Genesis(
            origin=self.origin,
            log=log,
            log_key=named[0],
            receipt_key=named[1],
            root=root,
            root_name={"en": "Root", "zh": "根"},
            root_key=named[2],
            rules=self.rules.name,
            policy=self.policy,
            suites=self.admitted,
            quorum=self.quorum,
            governance=self.governors,
        )
        self.ledger.create(genesis, [key(k.key) for k in named])

    def open(self) -> Ledger:
        """A fresh ledger object over the same store, as after a restart."""
        return Ledger(
            self.store,
            self.rules,
            Directory(),
            LogSigner(self.origin, key(f"300:{log}"), self.memory),
            key(f"301:{log}"),
            self.clock,
            self.checker,
            self.random,
        )

    @property
    def reader(self) -> LogReader:
        return LogReader(self.store, self.rules)

    def author(self, handle: str, reference: str | None = None, suite: str = suites[0]) -> Author:
        signing = key(reference or f"300:{handle}", suite)
        return Author(self.origin, handle, signing, self.clock, self.random)

    def write(self, handle: str, entry_type: str, body: Body, *endorsers: SigningKey) -> Submission:
        return self.author(handle).write(entry_type, body, endorsers=endorsers)

    def add(self, handle: str, entry_type: str, body: Body, *endorsers: SigningKey) -> Answer:
        """Append one entry, which must be accepted."""
        if isinstance(body, AddDevice):
            self._purposes[body.device] = body.purpose
        return self.append([self.write(handle, entry_type, body, *endorsers)])[0]

    def append(self, submissions: Sequence[Submission]) -> list[Answer]:
        """Append a batch, all of which must be accepted; or gather it, while `populate` runs."""
        if self._gathered is not None:
            self._gathered.extend(submissions)
            return [Answer("", "")] * len(submissions)
        answers = self.ledger.append(submissions)
        for answer in answers:
            if not answer.accepted:
                raise answer.problem or answer.refusal or AssertionError(answer)
        return answers

    def add_key(
        self,
        by: str,
        owner: str,
        *,
        index: int = 300,
        custody: str = "self",
        suite: str = suites[0],
        types: tuple[str, ...] = (),
    ) -> SigningKey:
        """Without `types`: of a device that was added here what it may say, of all others everything."""
        new = key(f"{index}:{owner}", suite)
        purpose = self._purposes.get(owner)
        types = types or (("*",) if purpose is None else self.types_of(purpose))
        body = AddKey(
            key=new.keyid,
            jwk=new.private.public.jwk(),
            custody=custody,  # type: ignore[arg-type]
            types=types,
        )
        self.add(by, "identity.key.add/1", body, new)
        return new

    def restart(self) -> None:
        """Go on with a fresh ledger object that trusts nothing but the store and the memory."""
        self.ledger = self.open()
        self.ledger.open()

    def add_device(self, owner: str, device: str, types: tuple[str, ...] = ()) -> StreamAuthor:
        """A new scanner of `owner` with its stream: it says what a scanner may, and the notes of tests."""
        body = AddDevice(device=device, organisation=owner, purpose="scanner")
        self.add(owner, "identity.device.add/1", body)
        self.add_key(owner, device, types=types)
        return StreamAuthor(self.author(device))

    def types_of(self, purpose: str) -> tuple[str, ...]:
        """What a device of this class signs in this world."""
        noted = tuple(one for one in self.rules.types if one == "test.note/1")
        return (*devices.classes[purpose].types, *noted)

    def populate(self) -> None:
        """A node under the root, two organisations, a maker, a checker and a scanner."""
        with self.together():
            self._populate()

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is added meanwhile is appended as one batch."""
        self._gathered = gathered = []
        yield
        self._gathered = None
        self.append(gathered)

    def _populate(self) -> None:
        organisation = "identity.organisation.register/1"
        name = {"en": "Somebody", "zh": "某某"}
        self.add(
            root,
            organisation,
            RegisterOrganisation(organisation=node, name=name, scheme="none", capacities=("node",)),
        )
        self.add_key(root, node)
        self.add(
            root,
            "identity.prefix.delegate/1",
            DelegatePrefix(prefix="99.100", holder=node, role="secondary"),
        )
        for position, (handle, capacity) in enumerate(((core, "core"), (supplier, "supplier"))):
            self.add(
                node,
                organisation,
                RegisterOrganisation(
                    organisation=handle,
                    name=name,
                    scheme="none",
                    capacities=(capacity,),  # type: ignore[arg-type]
                ),
            )
            self.add_key(node, handle)
            prefix = f"99.100.{position + 1}"
            self.add(
                node,
                "identity.prefix.delegate/1",
                DelegatePrefix(prefix=prefix, holder=handle, role="enterprise"),
            )
            device = f"{prefix}/scanner-1"
            self.add(
                handle,
                "identity.device.add/1",
                AddDevice(device=device, organisation=handle, purpose="scanner"),
            )
            self.add_key(handle, device, types=("trace.capture/1",))
        for person, role in (
            ("99.100/P-MAKER00000000", "maker"),
            ("99.100/P-CHECKER000000", "checker"),
        ):
            self.add(
                core,
                "identity.person.add/1",
                AddPerson(person=person, organisation=core, roles=(role,)),  # type: ignore[arg-type]
            )
            self.add_key(core, person)

    def mint(self, count: int, start: int = 0) -> list[Submission]:
        """`count` entries, each creating one handle of the core enterprise."""
        return [
            self.write(
                core,
                "identity.handle.create/1",
                CreateHandles(
                    handles=(
                        HandleRecord(
                            handle=f"99.100.1/SN-{position:06d}",
                            values=(HandleValue(index=1, type="NAME", data="电池包"),),
                        ),
                    )
                ),
            )
            for position in range(start, start + count)
        ]

    def audit(self, pinned: str | None = None) -> Audited:
        return audit(
            self.store, self.rules, Directory(), self.checker, memory=self.memory, pinned=pinned
        )
