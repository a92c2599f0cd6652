"""The budget of splits of each holder: rule `tallystick/split-budget/1`.

A certificate begins as one holding with a budget of splits, by default as many as leave it under the cap of
fragments. Every cut costs the holder whose lot is cut one split; every joint of two lots gives one back to whoever
holds them. Splits go along with the units: of a holder's splits, as great a part as of its units, rounded up so that
a small part can be split again, and all of them with its last unit. At every index

    splits left, over all holders  =  budget - (holdings - 1)

so that nobody can use up what others need, and the cap holds without being looked at. Freezing, payment, recourse
and subrogation cut whatever it takes and leave a debt of splits; acts on whole holdings cut nothing.

    split-budget  <certificate>  part <holder>: {left}
"""

from __future__ import annotations

budget_rule = "tallystick/split-budget/1"
#: Fragments of one certificate, which acts that must not fail may exceed.
holdings_max = 500
splits_default = holdings_max - 1


def passed_on(left: int, moved: int, held: int) -> int:
    """Splits that go along when a holder of `held` units gives `moved` of them.

    >>> passed_on(400, 250, 1000), passed_on(400, 1, 1000), passed_on(400, 9, 9), passed_on(-3, 1, 2)
    (100, 1, 400, 0)
    """
    if moved == held:
        return left
    return -(-max(0, left) * moved // held)
