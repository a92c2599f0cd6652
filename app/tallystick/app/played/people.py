"""Who plays in a demo store, and what is worth opening first there.

A store is a demo's if its log says that it is simulated and its home folder has the demo's own file. Both: a file
alone makes nobody's store a demo, and neither does a name.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from tallystick.ledger import Handle, simulated_suffix

playbill_file = "demo.json"
people_max = 200


class PlayedPerson(BaseModel):
    """Somebody whom the demo plays: `roles` as cast; those of its session are the log's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    person: Handle
    organisation: Handle
    firm: dict[str, str]
    roles: tuple[str, ...]


class Playbill(BaseModel):
    """The demo's people, with the places worth opening first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    people: Annotated[tuple[PlayedPerson, ...], Field(max_length=people_max)]
    items: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()

    def person(self, handle: str) -> PlayedPerson | None:
        return next((one for one in self.people if one.person == handle), None)

    def firms(self) -> Mapping[str, list[PlayedPerson]]:
        """People by organisation, in the order of the file."""
        found: dict[str, list[PlayedPerson]] = {}
        for one in self.people:
            found.setdefault(one.organisation, []).append(one)
        return found


def playbill(home: Path, origin: str) -> Playbill | None:
    """The demo's; None in any other store."""
    path = home / playbill_file
    if not origin.endswith(simulated_suffix) or not path.is_file():
        return None
    return Playbill.model_validate_json(path.read_bytes())
