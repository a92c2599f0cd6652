"""What is to be expected of a prefix under random acts, told in a few fields."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.identity.prefixes.two_logs import Move, firm


def code_of(prefix: str, number: int) -> str:
    return f"did:web:n{number}-{prefix[-1]}.example"


@dataclass
class Model:
    """What is to be expected of a prefix. `step`: how far it is on its way, empty at home."""

    home: int
    holder: str = firm
    suspended: bool = False
    quota: int | None = None
    used: int = 0
    expires: str = "9"
    step: str = ""
    issued: dict[str, bool] = field(default_factory=dict)
    move: Move | None = None

    def refusal(self, log: int, time: str) -> str:
        """Of a write under it in this log; empty if it is taken in."""
        if self.step in ("left", "carried") or log != self.home:
            return "prefix-elsewhere"
        if self.step == "arriving":
            return "prefix-arriving"
        if self.expires <= time:
            return "prefix-withdrawn"
        return "prefix-suspended" if self.suspended else ""
