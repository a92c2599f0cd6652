"""What a mirror refused, kept in a file until a person acts: no restart and no new database forgets it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from tallystick.ledger.durable import replace_durably, sync_path
from tallystick.ledger.mirror.errors import MirrorDamaged, MirrorRefuses, NoRefusal


@dataclass(frozen=True, slots=True)
class Refusal:
    """`checkpoint` is the note, signed by the log, under which the entry stands: the log cannot deny it."""

    index: int
    rule: str
    detail: str
    time: str
    checkpoint: str

    def error(self) -> MirrorRefuses:
        return MirrorRefuses(self.detail, self.index, self.rule)


class Refusals:
    """The file `refusal.json` in a mirror's folder, and beside it those that were lifted."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "refusal.json"

    def load(self) -> Refusal | None:
        """Raises `MirrorDamaged`."""
        try:
            told = json.loads(self._path.read_bytes())
            found = Refusal(**told)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, RecursionError):
            raise MirrorDamaged(str(self._path)) from None
        texts = (found.rule, found.detail, found.time, found.checkpoint)
        if type(found.index) is not int or not all(isinstance(text, str) for text in texts):
            raise MirrorDamaged(str(self._path))
        return found

    def keep(self, refusal: Refusal) -> None:
        """Durable when it returns; the first one stays."""
        if self.load() is None:
            data = json.dumps(asdict(refusal), ensure_ascii=False, indent=1) + "\n"
            replace_durably(self._path, data.encode())

    def lift(self, index: int) -> Refusal:
        """The refusal that stood there, kept beside as `refusal.lifted.<index>.json`; raises `NoRefusal`."""
        found = self.load()
        if found is None or found.index != index:
            said = "there is none" if found is None else f"it refuses entry {found.index}"
            raise NoRefusal(said)
        self._path.replace(self._path.with_name(f"refusal.lifted.{index}.json"))
        sync_path(self._path.parent)
        return found
