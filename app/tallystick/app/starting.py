"""What a start is held against: the file itself, and what the log's witnesses cosigned last."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from tallystick.app.settings import Settings
from tallystick.ledger import Fence, FileMemory, RuleSet, Store, start


@dataclass(frozen=True, slots=True)
class Prepared:
    """`checked`: what the database says about its own file; `asked`: what the witnesses say."""

    checked: str
    asked: start.Asked

    def told(self) -> list[str]:
        return [self.checked, *map(str, self.asked.told)]

    def fence(self, memory: FileMemory) -> Fence | None:
        """What stands before this log's signer, or has to be put there because another operator goes on."""
        names = self.asked.superseded()
        if not names:
            return memory.fence()
        said = f"{names} cosign under another key of this log, and no quorum is left without them"
        lifted = memory.lifted()
        if lifted is not None and lifted.detail == said:
            return memory.fence()
        return memory.fence() or Fence(memory.load()[0], said)


def prepare(settings: Settings, store: Store, rules: RuleSet, *, whole: bool = False) -> Prepared:
    """Check the file and ask the witnesses. Raises `NoLog`, `StoreDamaged`, `WitnessesSilent`."""
    checked = store.check_integrity(whole=whole)
    asked = ask(start.Known.by(store, rules))
    if settings.start_needs_quorum:
        asked.require_quorum()
    return Prepared(checked, asked)


def ask(known: start.Known) -> start.Asked:
    """All witnesses of the policy at once, each for a bounded time."""
    if not known.policy.witnesses:
        # Nobody is asked, and a client takes longer to make than the rest of a start.
        return start.Asked(known.policy, ())
    with httpx.Client(trust_env=False) as http:
        return start.ask_witnesses(known, http)
