"""Who plays in the demo story: firms in their roles, and the people of each; nobody real."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from tallystick.app.played import played_key
from tallystick.identity import Role, names, uscc_with_check

root = "99/O-ROOT000000000"
log = "99/L-DEMO000000000"
node = "99/O-NODE000000000"
node_prefix = "99.100"
supplier_count = 25


@dataclass(frozen=True, slots=True)
class Firm:
    """An organisation of the story; `prefix` empty for those that name no things."""

    id: str
    zh: str
    en: str
    capacity: str
    prefix: str = ""
    more: tuple[Role, ...] = ()

    @property
    def roles(self) -> tuple[Role, ...]:
        """One person for each; those who administer, before the firm is founded."""
        return (*everywhere, *self.more)

    @property
    def handle(self) -> str:
        return f"{node_prefix}/O-{_random(f'organisation/{self.id}')}"

    def person(self, role: Role) -> str:
        return f"{node_prefix}/P-{_random(f'{role}/{self.id}')}"

    @property
    def maker(self) -> str:
        return self.person("maker")

    @property
    def checker(self) -> str:
        return self.person("checker")

    @property
    def administrator(self) -> str:
        """Who registers the firm's people, keys and devices once it is founded."""
        return self.person("administrator")

    @property
    def number(self) -> str:
        """A well-formed 统一社会信用代码 of area 999999, which is nobody's."""
        return uscc_with_check("91999999MA" + _random(f"uscc/{self.id}", "0123456789")[:7])

    def device(self, name: str) -> str:
        return f"{self.prefix}/{name}"


#: Those of the secondary node.
operators: tuple[Role, ...] = ("administrator", "security-administrator", "audit-administrator")
#: No firm does without: two who sign, and two officers, since people decide in twos.
everywhere: tuple[Role, ...] = ("maker", "checker", "administrator", "security-administrator")
#: A large firm divides its administration in three (三员分立), and has a desk for its money.
large: tuple[Role, ...] = ("audit-administrator", "finance")

core = Firm(
    "CORE",
    "演示动力电池包制造公司",
    "Demo Battery Pack Works",
    "core",
    "99.100.1",
    (*large, "warehouse"),
)
carrier = Firm("CARRIER", "演示承运公司", "Demo Carrier", "carrier", "99.100.90", ("warehouse",))
bank = Firm("BANK", "演示银行", "Demo Bank", "bank", more=large)
other_bank = Firm("BANK2", "演示第二银行", "Second Demo Bank", "bank")
auditor = Firm("AUDITOR", "演示审计机构", "Demo Auditors", "auditor", more=("reader",))
_trades = (
    ("模组", "Modules"),
    ("电芯", "Cells"),
    ("正极材料", "Cathode"),
    ("负极材料", "Anode"),
    ("隔膜", "Separator"),
)
suppliers = tuple(
    Firm(
        f"S{number:02d}",
        f"演示{_trades[min(number - 1, 4) if number < 5 else 4][0]}供应商 S{number:02d}",
        f"Demo {_trades[min(number - 1, 4) if number < 5 else 4][1]} Supplier S{number:02d}",
        "supplier",
        f"99.100.{number + 1}",
        ("finance", "warehouse") if number == 1 else (),
    )
    for number in range(1, supplier_count + 1)
)
firms = (core, *suppliers, carrier, bank, other_bank, auditor)


def operator(role: Role) -> str:
    """A person of the node, whose handle stands under the root's prefix."""
    return f"99/P-{_random(f'operator/{role}')}"


#: Whom the demo's pages let one play: by firm, the roles worth looking through.
played: tuple[tuple[Firm, tuple[Role, ...]], ...] = (
    (core, core.roles),
    (suppliers[0], suppliers[0].roles),
    (bank, bank.roles),
    (carrier, ("warehouse", "administrator")),
    (auditor, ("reader", "maker", "administrator", "security-administrator")),
)

key = played_key


def _random(seed: str, alphabet: str = names.crockford) -> str:
    digest = hashlib.sha256(b"tallystick demo handle\n" + seed.encode()).digest()
    return "".join(
        alphabet[byte % len(alphabet)] for byte in digest[: names.organisation_characters]
    )
