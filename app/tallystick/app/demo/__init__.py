"""The demo: one seeded story from a signed scan to a paid certificate."""

from tallystick.app.demo import cast, goods, money
from tallystick.app.demo.story import Told, perform

__all__ = ["Told", "cast", "goods", "money", "perform"]
