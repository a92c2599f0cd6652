"""A prefix moves between two nodes that run, over HTTP and under load: no resolution fails, nothing is issued twice."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.end_to_end.test_serving import free_port, serving
from tests.patience import patience_s

from tallystick.app.bootstrap import NewLog, Node
from tallystick.app.prefixes.carrying import carry, write_folder
from tallystick.app.prefixes.coming import arrive
from tallystick.app.prefixes.proving import Wanted
from tallystick.app.prefixes.sending import scribe, when_final
from tallystick.app.settings import Settings
from tallystick.identity import (
    AddKey,
    CreateHandles,
    DelegatePrefix,
    HandleRecord,
    HandleValue,
    LeavePrefix,
    RegisterOrganisation,
    recursion,
)
from tallystick.ledger import (
    Author,
    PrivateKey,
    SigningKey,
    SystemClock,
    log_verifier,
    write_batch,
)

prefix, holder = "99.7", "99/O-HOLDER0000000"
records_before, written_there_min = 24, 8


@dataclass
class Home:
    """A node that runs in a process of its own, and the holder's key, which it does not have."""

    settings: Settings
    node: Node
    origin: str
    key: SigningKey
    pem: Path
    vkey: str = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.settings.port}"

    def create(self, http: httpx.Client, suffix: str) -> tuple[str, str]:
        """What the node says of a new handle: its code, or `accepted`, and why."""
        values = (HandleValue(index=1, type="NAME", data=suffix),)
        body = CreateHandles(handles=(HandleRecord(handle=f"{prefix}/{suffix}", values=values),))
        author = Author(self.origin, holder, self.key, SystemClock())
        entry = author.write("identity.handle.create/1", body)
        answer = http.post(f"{self.url}/v1/entries", content=write_batch([entry]))
        (told,) = answer.json()["results"]
        problem = told.get("problem") or {}
        return problem.get("code") or told["outcome"], problem.get("detail", "")


def made(folder: Path, name: str, *, with_prefix: bool) -> Home:
    folder.mkdir()
    url = f"sqlite:///{folder / 'log.sqlite'}"
    settings = Settings(home=folder, database_url=url, port=free_port(), verify_processes=0)
    node = Node.at(settings)
    origin = f"log.example/{name}/simulated"
    node.create(NewLog(origin, "99/L-LOG0000000000", "99/O-ROOT000000000", {"en": "Root"}))
    home = Home(settings, node, origin, SigningKey(f"300:{holder}", PrivateKey.generate()), folder / "holder.pem")  # fmt: skip
    home.key.private.save(home.pem)
    with node.writer() as ledger:
        root = str(node.genesis()["root"])
        author = Author(ledger.origin, root, node.keys.get(f"300:{root}"), SystemClock())
        registered = RegisterOrganisation(
            organisation=holder, name={"en": "Holder"}, scheme="none", capacities=("core",)
        )
        jwk = home.key.private.public.jwk()
        own = AddKey(key=home.key.keyid, jwk=jwk, custody="self", types=("*",))
        said = [
            author.write("identity.organisation.register/1", registered),
            author.write("identity.key.add/1", own, endorsers=[home.key]),
        ]
        if with_prefix:
            let = DelegatePrefix(prefix=prefix, holder=holder, role="enterprise")
            said.append(author.write("identity.prefix.delegate/1", let))
        assert all(answer.accepted for answer in ledger.append(said))
        ledger.seal()
    with node.reader.open() as snapshot:
        home.vkey = log_verifier(snapshot.view).encode()
    return home


@pytest.fixture
def homes(tmp_path: Path) -> Iterator[tuple[Home, Home]]:
    a = made(tmp_path / "a", "a", with_prefix=True)
    b = made(tmp_path / "b", "b", with_prefix=False)
    with ExitStack() as stack, ThreadPoolExecutor(2) as pool:
        starting = [
            pool.submit(stack.enter_context, serving(one.settings, "--no-worker")) for one in (a, b)
        ]
        for one in starting:
            one.result()
        yield a, b


@dataclass
class Load:
    """Who asks and who writes meanwhile. Whatever goes wrong in a thread is raised where the load ends."""

    a: Home
    b: Home
    stop: threading.Event = field(default_factory=threading.Event)
    b_has_all: threading.Event = field(default_factory=threading.Event)
    issued: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    asked: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    told_home: list[str] = field(default_factory=list)
    runs: list[Future[None]] = field(default_factory=list)

    @contextmanager
    def running(self) -> Iterator[None]:
        readers = [self.at_a, self.at_b, self.by_resolver]
        with ThreadPoolExecutor(len(readers) + 2) as pool:
            self.runs = [pool.submit(self.read, one) for one in readers]
            self.runs += [pool.submit(self.write, number) for number in range(2)]
            try:
                yield
            finally:
                self.stop.set()
        for run in self.runs:
            run.result()

    def until(self, reached: Any) -> None:
        """Wait for what the load does; an error in it ends the waiting."""
        while not reached():
            if wait(self.runs, timeout=0.02, return_when="FIRST_COMPLETED").done:
                return

    def went_on(self, before: dict[str, int]) -> bool:
        """Both writers' new handles are in B, and every reader has asked for more since."""
        there = sum(self.b.url in urls for urls in list(self.issued.values()))
        ways = ("at_a", "at_b", "by_resolver")
        return there >= written_there_min and all(
            self.asked[one] > before.get(one, 0) + 10 for one in ways
        )

    def read(self, ask: Any) -> None:
        with httpx.Client(timeout=patience_s, follow_redirects=True) as http:
            while not self.stop.is_set():
                for handle in [f"{prefix}/{one}" for one in list(self.issued)]:
                    told = ask(http, handle)
                    assert told in (None, handle), f"{ask.__name__}: {handle}: {told}"
                    self.asked[ask.__name__] += told is not None

    def at_a(self, http: httpx.Client, handle: str) -> Any:
        answer = http.get(f"{self.a.url}/api/handles/{handle}")
        return answer.json().get("handle") if answer.is_success else answer.text

    def at_b(self, http: httpx.Client, handle: str) -> Any:
        """B knows of the prefix once it has begun to arrive."""
        if "arriving" not in self.b_row() and not self.b_has_all.is_set():
            return None
        answer = http.get(f"{self.b.url}/api/handles/{handle}")
        return answer.json().get("handle") if answer.is_success else answer.text

    def by_resolver(self, http: httpx.Client, handle: str) -> Any:
        """That knows of A alone."""
        return resolver(http, self.a.url).resolve(handle).found.handle

    def b_row(self) -> Any:
        with self.b.node.look() as view:
            return view.get("prefix", prefix) or {}

    def write(self, _number: int) -> None:
        """Both writers want the same suffixes, in the same order; of each there is one in the end."""
        home, number = self.a, 0
        with httpx.Client(timeout=patience_s) as http:
            while not self.stop.is_set():
                suffix = f"SN-{number:05d}"
                code, why = home.create(http, suffix)
                if code == "accepted":
                    self.issued[suffix].append(home.url)
                elif code == "prefix-elsewhere":
                    # The refusal names the new home; there is no other way for a writer to know.
                    assert self.b.url in why, why
                    self.told_home.append(why)
                    home = self.b
                    continue
                elif home is self.b and code in ("not-entitled", "prefix-arriving"):
                    self.stop.wait(0.02)
                    continue
                else:
                    assert code == "already-registered", (code, why)
                number += 1


def resolver(http: httpx.Client, url: str) -> recursion.Resolver:
    """With an empty memory: every question is asked."""
    routes = [f"*={url}"]
    return recursion.Resolver(
        recursion.Routes.parse(routes, lambda address: recursion.upstream(address, http, 20))
    )


def move(a: Home, b: Home, folder: Path) -> None:
    """As the commands do with `--node`."""
    silent = lambda _done, _total: None
    leaving = LeavePrefix(prefix=prefix, origin=b.origin, address=b.url, log_key=b.vkey)  # fmt: skip
    with scribe(a.node, a.url, a.key.keyid, a.pem) as saying:
        saying.say("identity.prefix.leave/1", leaving)
        carry(a.node.reader, saying, prefix, silent)
    when_final(a.node, lambda snapshot: write_folder(snapshot, prefix, folder, silent))
    with scribe(b.node, b.url, "300:99/O-ROOT000000000", None) as saying:
        wanted = Wanted(holder, "enterprise", a.vkey, a.url)
        arrive(b.node.reader, saying, prefix, folder, wanted, silent)


def test_a_prefix_moves_while_everybody_goes_on(homes: tuple[Home, Home], tmp_path: Path) -> None:
    a, b = homes
    load = Load(a, b)
    with load.running():
        load.until(lambda: len(load.issued) >= records_before and len(load.asked) >= 2)
        move(a, b, tmp_path / "out")
        load.b_has_all.set()
        before = dict(load.asked)
        load.until(lambda: load.went_on(before))
    there = [one for one, urls in load.issued.items() if b.url in urls]
    assert len(there) >= written_there_min
    assert len(load.issued) - len(there) >= records_before
    assert load.told_home
    assert [one for one, urls in load.issued.items() if len(urls) != 1] == []
    with httpx.Client(timeout=patience_s, follow_redirects=True) as http:
        for suffix in (*there[:5], *list(load.issued)[::5]):
            for ask in (load.at_a, load.at_b, load.by_resolver):
                assert ask(http, f"{prefix}/{suffix}") == f"{prefix}/{suffix}"
        for suffix in (*there[:3], *list(load.issued)[:3]):
            assert a.create(http, suffix)[0] in ("prefix-elsewhere", "already-registered")
            assert b.create(http, suffix)[0] == "already-registered"
