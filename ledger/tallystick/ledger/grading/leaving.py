"""What may leave the node that keeps it: by export, mirror, bundle or webhook, and across a border.

General data leave to whoever may read them; of personal data that needs a named permission once a border is
crossed. What is important or core leaves under a named permission alone (`table`), but to its owner in the same
country. A permission is an entry of two persons of the owner; it names recipient, country, class and the highest
grade, and it ends.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tallystick.ledger.errors import TallystickError
from tallystick.ledger.grading.table import Route, level_of, treatment
from tallystick.ledger.grading.words import DataClass, DataGrade, Mark, rank

home_country_default = "CN"
#: The owner in whose name a root authority permits for everybody.
any_owner = "*"


class MayNotLeave(TallystickError):
    code = "may-not-leave"
    status = 403
    title = "Data of this grade leave only under a permission that names the recipient"
    advice = (
        "Two persons of the owner permit it: `tallystick grade permit`. Then name the recipient. "
        "Or leave it out: `--leave-out`."
    )


@dataclass(frozen=True, slots=True)
class Permission:
    """That `owner` lets data of this class, up to this grade, leave to the recipient whom it was asked for."""

    name: str
    owner: str
    data_class: DataClass
    grade: DataGrade
    country: str
    routes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Leaving:
    """That what is read leaves: to whom, where, by which route, and under which permissions.

    organisation: whose things are its own, if the recipient is an organisation of this log. strict: what may not
    leave is an error, and is not left out.
    """

    recipient: str
    country: str
    route: Route
    home: str = home_country_default
    organisation: str | None = None
    permissions: tuple[Permission, ...] = ()
    strict: bool = False

    def lets(self, mark: Mark, owner: str | None) -> bool:
        """Whether a thing of this owner with this mark may leave so."""
        row = treatment(mark)
        abroad = self.country != self.home
        way = row.leaves[self.route]
        if way == "no" or (abroad and row.abroad == "no"):
            return False
        if way == "yes" and (not abroad or row.abroad == "yes"):
            return True
        if not abroad and owner is not None and owner == self.organisation:
            return True
        return any(self._covers(one, mark, owner) for one in self.permissions)

    def refusal(self, what: str, mark: Mark, owner: str | None) -> MayNotLeave:
        """Says precisely what may not leave, and to whom."""
        where = "" if self.country == self.home else f", which crosses the border to {self.country}"
        return MayNotLeave(
            f"{what} of {owner} is {mark.data_class}, {mark.grade} ({level_of(mark.grade)}), and no permission lets "
            f"it leave by {self.route} to {self.recipient or 'nobody in particular'}{where}"
        )

    def _covers(self, one: Permission, mark: Mark, owner: str | None) -> bool:
        return (
            one.owner in (owner, any_owner)
            and one.data_class == mark.data_class
            and rank(mark.grade) <= rank(one.grade)
            and one.country == self.country
            and self.route in one.routes
        )


def named(permissions: Iterable[Permission]) -> str:
    """The names of permissions, for people."""
    return ", ".join(sorted(one.name for one in permissions))
