"""A log with a certification body, a supplier and a buyer, for tests of credentials."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.ledger.world import World, core, key, node, rule_set, supplier

from tallystick.app.access import Reading
from tallystick.app.credentials import acting, checking
from tallystick.app.credentials.presented import PresentationFile
from tallystick.identity import RegisterOrganisation, RevokeKey
from tallystick.identity.credentials import (
    Asked,
    MaterialDeclaration,
    Qualification,
    Substance,
    ThresholdList,
)
from tallystick.ledger import Answer, Body, Reader, RuleSet, log_verifier
from tallystick.ledger.bundle import Pins

body_of = "99.100/O-CERTIFIER0000"
buyer = core
certificate = Qualification(
    number="CN-QMS-20881",
    kind="iso-9001",
    scope="Production of lithium cells in hall seven",
    sites=("Ningde, Jiaocheng, Xingang Road 2", "Liyang, hall 7"),
    issued="2025-03-01",
    expiry="2026-12-31",
    issuer="Certification body of the tests",
)
svhc = ThresholdList(name="REACH candidate list", version="2025-06-25")
lead = Substance(cas="7439-92-1", name="Lead", share_ppm=400, threshold_ppm=1000)
dehp = Substance(cas="117-81-7", ec="204-211-0", share_ppm=2500, threshold_ppm=1000)
part = "99.100.2/CELL-7"


@dataclass
class Scene:
    """`buyer` is the core enterprise of the ledger's world."""

    world: World

    @staticmethod
    def made(url: str, home: Path, rules: RuleSet | None = None) -> Scene:
        world = World(url, home, rules or rule_set())
        world.populate()
        return Scene.of(world)

    @staticmethod
    def of(world: World) -> Scene:
        """In a world that is populated."""
        name = {"en": "Certifier", "zh": "认证机构"}
        told = RegisterOrganisation(
            organisation=body_of, name=name, scheme="none", capacities=("auditor",)
        )
        world.add(node, "identity.organisation.register/1", told)
        world.add_key(node, body_of)
        return Scene(world)

    def desk(self, handle: str, index: int = 300) -> acting.Desk:
        reference = f"{index}:{handle}"
        author = self.world.author(handle, reference)
        return acting.Desk(author, key(reference), "https://log.example", self.world.random)

    @property
    def now_ms(self) -> int:
        return self.world.clock.now_ms()

    def say(self, author: str, entry_type: str, body: Body) -> Answer:
        (answer,) = self.world.ledger.append([self.world.write(author, entry_type, body)])
        return answer

    def issue(self, holder_index: int = 300, **more: Any) -> str:
        """The digest of a certificate of the supplier's."""
        said = Qualification(**{**certificate.model_dump(), **more})
        with self.world.reader.open() as snapshot:
            written = self.desk(body_of).issue(
                snapshot.view, said, supplier, f"{holder_index}:{supplier}"
            )
        self.world.append([written.submission])
        self.world.ledger.seal()
        return written.digest

    def declare(self, *substances: Substance, **more: Any) -> str:
        told = {"part": part, "list": svhc, "number": 1, "complete": True, **more}
        said = MaterialDeclaration(substances=substances, **told)
        with self.world.reader.open() as snapshot:
            written = self.desk(supplier).declare(snapshot.view, said)
        self.world.append([written.submission])
        self.world.ledger.seal()
        return written.digest

    def present(
        self,
        digest: str,
        fields: Collection[str] = ("number", "expiry"),
        to: str = buyer,
        nonce: str = "n-1",
        index: int = 300,
    ) -> PresentationFile:
        with self.world.reader.open() as snapshot:
            return acting.present(
                Reading(snapshot, Reader.party(supplier)), key(f"{index}:{supplier}"), digest, to, fields,
                nonce=nonce, now_ms=self.now_ms,
            )  # fmt: skip

    def show(
        self, digest: str, to: str = buyer, fields: Collection[str] = ("kind", "number")
    ) -> Answer:
        with self.world.reader.open() as snapshot:
            packed = acting.held(Reading(snapshot, Reader.party(supplier)), supplier, digest)
        shown = self.desk(supplier).show(packed, digest, to, fields, self.now_ms)
        (answer,) = self.world.ledger.append([shown])
        self.world.ledger.seal()
        return answer

    def verify(
        self, file: PresentationFile, audience: str = buyer, nonce: str = "n-1", **more: Any
    ) -> checking.Verified:
        asked = Asked(audience, nonce, more.pop("now_ms", self.now_ms), **more)
        return checking.verify(file, self.pins(), asked)

    def pins(self) -> Pins:
        with self.world.reader.open() as snapshot:
            return Pins((log_verifier(snapshot.view),))

    def revoke_key(self, reference: str) -> None:
        body = RevokeKey(key=reference, reason="stolen")
        self.world.add(reference.partition(":")[2], "identity.key.revoke/1", body)
        self.world.ledger.seal()
