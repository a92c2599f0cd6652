"""A second person is shown what the first proposed, whatever it is about."""

from __future__ import annotations

from tallystick.app.bootstrap import rule_set
from tallystick.app.permissions import resource_of
from tallystick.app.signing import desk


def test_every_kind_of_proposal_is_shown_to_whoever_approves_it() -> None:
    """Approvals of policies, conditions and calendars once showed a hash and nothing else."""
    proposals = {kind for kind in rule_set().kinds if kind.endswith("proposal")}
    assert {"policy-proposal", "conditions-proposal", "calendar-proposal"} < proposals
    assert proposals <= desk.citing.keys()


def test_each_is_read_by_a_route_that_exists() -> None:
    for kind in desk.citing:
        assert resource_of(desk.read_by[kind]).name != "public", kind
