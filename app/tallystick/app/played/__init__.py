"""The people of a demo store, whom anybody may play; no other store has any of this."""

from tallystick.app.played.keys import PlayedUnknown, played_key
from tallystick.app.played.people import Playbill, PlayedPerson, playbill, playbill_file

__all__ = [
    "Playbill",
    "PlayedPerson",
    "PlayedUnknown",
    "playbill",
    "playbill_file",
    "played_key",
]
