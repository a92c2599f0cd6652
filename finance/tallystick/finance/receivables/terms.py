"""The term rule, dated, because the regulator moves it (银发〔2025〕77号 art. 11; I16).

A certificate's term runs from its issue date to its due date. Up to six months in principle; longer
needs a reason; never more than a year. When the announced cut to six months is law, a row is added here
from its date on, in a new rule set.
"""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.finance.errors import DueDateRefused, TermReasonMissing
from tallystick.finance.money.dates import check_date, days_between


@dataclass(frozen=True, slots=True)
class TermRule:
    """In force for certificates issued from `since` on."""

    since: str
    days_max: int
    reason_above_days: int


term_rules = (TermRule(since="0001-01-01", days_max=365, reason_above_days=180),)


def check_term(issued_on: str, due_on: str, reason: str | None) -> int:
    """Days of the term; raises `DueDateRefused` or `TermReasonMissing`."""
    rule = next(rule for rule in reversed(term_rules) if rule.since <= issued_on)
    days = days_between(issued_on, check_date(due_on))
    if days <= 0:
        raise DueDateRefused(f"due on {due_on}, issued on {issued_on}")
    if days > rule.days_max:
        raise DueDateRefused(f"{days} days, at most {rule.days_max}")
    if days > rule.reason_above_days and reason is None:
        raise TermReasonMissing(f"{days} days, more than {rule.reason_above_days}")
    return days
