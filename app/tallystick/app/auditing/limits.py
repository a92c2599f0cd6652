"""What is used under limits and insured under covers, computed again from all holdings and quotes of the store."""

from __future__ import annotations

import tallystick.finance as finance
from tallystick.app.bootstrap import Node
from tallystick.ledger import NotSound


def check_limits(node: Node) -> None:
    """Raises `NotSound` at the first counter that is not what holdings and quotes give."""
    with node.look() as view:
        for one in finance.limits.differences(view):
            what = f"{one.what} under limit {one.limit} in {one.currency}"
            raise NotSound(what, str(one.recounted), str(one.found))


def check_insured(node: Node) -> None:
    """Raises `NotSound` at the first counter that is not what holdings give."""
    with node.look() as view:
        for one in finance.insured.differences(view):
            what = f"insured of {one.debtor} under cover {one.cover}"
            raise NotSound(what, str(one.recounted), str(one.found))
