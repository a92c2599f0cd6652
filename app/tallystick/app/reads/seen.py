"""What one request was let see, gathered where readers are decided (`Reader.may_read`)."""

from __future__ import annotations

from dataclasses import dataclass, field

from tallystick.ledger import Grounds, Thing, everybody, reads


@dataclass
class Looked:
    """Of one request or command. What is for everybody is not noted."""

    parties: set[str] = field(default_factory=set)
    grades: set[str] = field(default_factory=set)
    grounds: set[str] = field(default_factory=set)
    things: dict[str, None] = field(default_factory=dict)

    def add(
        self, grade: str, parties: tuple[object, ...], grounds: Grounds, thing: Thing | None
    ) -> None:
        named = [one for one in parties if isinstance(one, str) and one]
        if everybody in named:
            return
        self.parties.update(named)
        self.grades.add(grade)
        self.grounds.add(grounds)
        if thing is not None and len(self.things) < reads.things_max:
            self.things[f"{thing.kind} {thing.name}".strip()] = None

    def __bool__(self) -> bool:
        return bool(self.grades)
