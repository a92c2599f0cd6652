"""The demo's goods up to an invoice that nobody has confirmed, and its people with passkeys of this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests import loopback
from tests.ledger.authenticator import Authenticator, plainly, write
from tests.ledger.world import key

from tallystick.app.bootstrap import NewLog, Node
from tallystick.app.demo import cast, days, goods, story
from tallystick.app.demo.stage import Seeded, Stage, origin, start
from tallystick.app.http import create_app
from tallystick.app.settings import Settings
from tallystick.identity import AddKey, WebAuthn
from tallystick.ledger import P256, Author, Ledger, SetClock, SystemClock


@dataclass
class Invoiced:
    """A served node on whose log one invoice waits; its clock stands where the story would go on."""

    node: Node
    ledger: Ledger
    url: str
    clock: SetClock

    def known(self, person: str, index: int = 320) -> Authenticator:
        """A passkey as it would be registered, or is."""
        return Authenticator(key(f"{index}:{person}", P256), "localhost", self.url)

    def passkey(self, person: str, index: int = 320) -> Authenticator:
        """One more key of a person, which it adds itself."""
        made = self.known(person, index)
        body = AddKey(
            key=made.signing.keyid,
            jwk=made.signing.private.public.jwk(),
            custody="self",
            types=("*",),
            webauthn=WebAuthn(rp_id=made.rp_id, origin=made.origin),
        )
        author = Author(self.ledger.origin, person, cast.key(f"300:{person}"), SystemClock())
        signers = [plainly(author.key), made.sign]
        (answer,) = self.ledger.append([write(author, "identity.key.add/1", body, signers)])
        assert answer.accepted, answer
        return made


@contextmanager
def invoiced(home: Path, url: str) -> Iterator[Invoiced]:
    with ExitStack() as stack:
        port = stack.enter_context(loopback.listening())
        site = loopback.address(port, "localhost")
        settings = Settings(home=home, database_url=url, base_url=site, verify_processes=0)
        node, clock, random = Node.at(settings), SetClock(start), Seeded()
        root = {"zh": "演示根机构", "en": "Demo Root Authority"}
        new = NewLog(origin, cast.log, cast.root, root, lambda named: cast.key(named).private)
        node.create(new, clock, random)
        folder = home / "demo"
        folder.mkdir(parents=True)
        with node.writer(clock, random=random) as book:
            stage = Stage(book, clock, random, folder)
            story._goods(stage, settings, goods.Goods(), lambda _zh, _en: None)
            days.publish(stage)
            book.seal()
        now = SetClock("2026-01-12T01:30:00.000Z")
        ledger = stack.enter_context(node.writer(now))
        stack.enter_context(loopback.serving(create_app(node, ledger), port))
        yield Invoiced(node, ledger, site, now)
