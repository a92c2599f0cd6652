"""The firms of a file in a simulated store: handles, prefixes, people, devices, keys, all derived."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from tallystick.app.imports.drafts import Party
from tallystick.app.imports.entry_ids import entry_id
from tallystick.app.imports.pens import Pens, Wanted
from tallystick.identity import (
    AddDevice,
    AddKey,
    AddPerson,
    DelegatePrefix,
    RegisterOrganisation,
    names,
)
from tallystick.ledger import Body, InvariantError, PrivateKey, SigningKey

root_prefix = "99"
bank_name = "Simulated paying bank"
lender_names = ("Simulated funding bank 1", "Simulated funding bank 2")
registered_on = "2000-01-01"
prefix_numbers = 10**9


@lru_cache(maxsize=4096)
def derived_key(reference: str) -> SigningKey:
    """The key of a played party: from its reference, so that every run plays the same."""
    seed = hashlib.sha256(b"tallystick simulation key\n" + reference.encode()).digest()
    return SigningKey(reference, PrivateKey.from_seed(seed))


@dataclass(frozen=True, slots=True)
class Firm:
    """A played organisation, named after the firm in the file."""

    name: str

    @property
    def handle(self) -> str:
        return f"{root_prefix}/O-{_derived(f'organisation/{self.name}')}"

    @property
    def maker(self) -> str:
        return f"{root_prefix}/P-{_derived(f'maker/{self.name}')}"

    @property
    def checker(self) -> str:
        return f"{root_prefix}/P-{_derived(f'checker/{self.name}')}"

    @property
    def prefix(self) -> str:
        digest = hashlib.sha256(f"prefix/{self.name}".encode()).digest()
        return f"{root_prefix}.{int.from_bytes(digest[:8], 'big') % prefix_numbers}"

    @property
    def device(self) -> str:
        return f"{self.prefix}/SCANNER"


@dataclass
class Cast:
    """All firms by the names in the file; `root` speaks for the node that registers them. `lends`: banks finance."""

    root: str
    lends: bool = False
    _firms: dict[str, Firm] = field(default_factory=dict)
    _by_handle: dict[str, Firm] = field(default_factory=dict)

    @property
    def operator(self) -> str:
        return self.root

    @property
    def bank(self) -> str:
        return self._named(bank_name).handle

    @property
    def lenders(self) -> tuple[str, ...]:
        """Banks that bid; none unless it is asked for."""
        return tuple(self._named(name).handle for name in (lender_names if self.lends else ()))

    def firm(self, party: Party) -> Firm:
        return self._named(party.name)

    def maker_of(self, handle: str) -> str:
        return self._by_handle[handle].maker

    def checker_of(self, handle: str) -> str:
        return self._by_handle[handle].checker

    def device_of(self, handle: str) -> str:
        return self._by_handle[handle].device

    def prefix_of(self, handle: str) -> str:
        return self._by_handle[handle].prefix

    def register(self, parties: Iterable[Party], pens: Pens) -> None:
        """Every firm with prefix, maker, checker, scanner and played keys."""
        banks = (bank_name, *(lender_names if self.lends else ()))
        firms = {self.firm(party) for party in parties} | {self._named(name) for name in banks}
        wanted: list[Wanted] = []
        for firm in sorted(firms, key=lambda firm: firm.name):
            wanted += self._entries(firm)
        for want, answer in zip(wanted, pens.write(wanted).values(), strict=True):
            if not answer.accepted:
                raise answer.problem or answer.refusal or InvariantError(want.type)

    def _entries(self, firm: Firm) -> list[Wanted]:
        is_bank = firm.name in (bank_name, *lender_names)
        capacities = ("bank",) if is_bank else ("core", "supplier")
        told = [
            self._say(
                firm,
                "organisation.register",
                RegisterOrganisation.model_validate(
                    {
                        "organisation": firm.handle,
                        "name": {"en": firm.name[:200]},
                        "scheme": "none",
                        "capacities": capacities,
                    }
                ),
            ),
            self._key(firm, firm.handle, "*"),
            self._say(
                firm,
                "prefix.delegate",
                DelegatePrefix(prefix=firm.prefix, holder=firm.handle, role="enterprise"),
            ),
        ]
        for person, role in ((firm.maker, "maker"), (firm.checker, "checker")):
            body = AddPerson.model_validate(
                {"person": person, "organisation": firm.handle, "roles": (role,)}
            )
            told += [
                self._say(firm, f"person.add/{role}", body),
                self._key(firm, person, "finance.*"),
            ]
        device = AddDevice(device=firm.device, organisation=firm.handle, purpose="scanner")
        told.append(self._say(firm, "device.add", device))
        told.append(self._key(firm, firm.device, "trace.capture/1"))
        return told

    def _say(self, firm: Firm, what: str, body: Body, *endorsers: SigningKey) -> Wanted:
        entry_type = f"identity.{what.partition('/')[0]}/1"
        wanted = entry_id(self.root, entry_type, f"{firm.name}/{what}", registered_on)
        return Wanted(wanted, entry_type, self.root, body, endorsers=endorsers)

    def _key(self, firm: Firm, owner: str, types: str) -> Wanted:
        new = derived_key(f"300:{owner}")
        body = AddKey(
            key=new.keyid,
            jwk=new.private.public.jwk(),
            custody="self",
            types=(types,),
            played=True,
        )
        return self._say(firm, f"key.add/{owner}", body, new)

    def _named(self, name: str) -> Firm:
        if name not in self._firms:
            firm = Firm(name)
            self._firms[name] = firm
            self._by_handle[firm.handle] = firm
        return self._firms[name]


@lru_cache(maxsize=8192)
def _derived(text: str) -> str:
    digest = hashlib.sha256(f"tallystick simulation handle\n{text}".encode()).digest()
    return "".join(names.crockford[byte % 32] for byte in digest[: names.organisation_characters])
