"""Random checkpoints of several histories, restarts and kills: never two inconsistent ones, never back."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from tests.ledger.witness.history import History, cosigner, fresh, opened, origin

from tallystick.ledger import Checkpoint, TallystickError, witness
from tallystick.ledger.note import NoteSignature

w1 = "witness.example/w1"
largest = 40
steps_min = 30
#: The honest history, one that leaves it early, one that leaves it late, and one of its own.
histories = [History(), History("a", shared=4), History("b", shared=25), History("c")]
sizes = st.integers(0, largest)


class WitnessMachine(RuleBasedStateMachine):
    cosigned_in_all = 0
    refused_in_all = 0

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="tallystick-witness-"))
        self.witness = fresh(self.folder)
        #: The model: every checkpoint that was ever cosigned, in order.
        self.signed: list[tuple[History, Checkpoint]] = []

    def teardown(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def newest(self) -> Checkpoint:
        return self.signed[-1][1] if self.signed else History().checkpoint(0)

    @rule(history=st.sampled_from(histories), new=sizes, honest=st.booleans(), old=sizes)
    def submit(self, history: History, new: int, honest: bool, old: int) -> None:
        start = self.newest.size if honest else old
        new = min(start + new % 6, largest) if honest else new
        request = history.request(start, new)
        checkpoint = history.checkpoint(new)
        allowed = self.allowed(history, start, checkpoint)
        line, refusal = self.answer(request)
        assert (line is not None) == allowed, refusal
        if line is not None:
            assert request.note.adding([line]).verify([cosigner(w1)])
            WitnessMachine.cosigned_in_all += 1
            self.signed.append((history, checkpoint))
        else:
            WitnessMachine.refused_in_all += 1
            told = refusal.size if isinstance(refusal, witness.WitnessConflict) else None
            assert told in (None, self.newest.size)
        self.check()

    def answer(
        self, request: witness.AddCheckpoint
    ) -> tuple[NoteSignature | None, TallystickError | None]:
        try:
            return self.witness.add_checkpoint(request), None
        except (
            witness.WitnessConflict,
            witness.CheckpointInconsistent,
            witness.WitnessRequestRefused,
        ) as refusal:
            return None, refusal

    def allowed(self, history: History, old: int, checkpoint: Checkpoint) -> bool:
        """By the leaves: the same up to the newest size, and named from there."""
        known = self.newest
        return old == known.size <= checkpoint.size and (
            known.size == 0 or history.checkpoint(known.size).root == known.root
        )

    @rule()
    def restart(self) -> None:
        self.witness = opened(self.folder)
        self.check()

    @rule()
    def leave_a_torn_file(self) -> None:
        """As a kill between writing and renaming leaves one."""
        (path,) = (self.folder / "state").glob("*.json")
        path.with_suffix(".new").write_bytes(b'{"size": 9')
        self.witness = opened(self.folder)
        self.check()

    def check(self) -> None:
        remembered = witness.Memory(self.folder).load(origin).checkpoint
        assert remembered == self.newest
        in_order = [checkpoint.size for _, checkpoint in self.signed]
        assert in_order == sorted(in_order)
        for history, later in self.signed[-1:]:
            for _, earlier in self.signed:
                assert earlier.size == 0 or history.checkpoint(earlier.size) == earlier, later


@pytest.mark.parametrize("examples", [100])
def test_no_run_signs_two_histories(examples: int) -> None:
    before = (WitnessMachine.cosigned_in_all, WitnessMachine.refused_in_all)
    run: Callable[..., None] = run_state_machine_as_test
    run(
        WitnessMachine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=25,
            deadline=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )
    cosigned = WitnessMachine.cosigned_in_all - before[0]
    refused = WitnessMachine.refused_in_all - before[1]
    print(f"{cosigned} cosigned, {refused} refused")
    assert min(cosigned, refused) >= steps_min
