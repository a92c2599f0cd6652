"""One EVM node and contract for all tests of a process; the chain goes back behind each of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from tests import evm
from tests.contracts.rig import Anchoring, deploy


@pytest.fixture(scope="session")
def evm_node() -> Iterator[evm.EvmNode]:
    with evm.node() as node:
        yield node


@pytest.fixture(scope="session")
def deployed(evm_node: evm.EvmNode) -> Anchoring:
    return deploy(evm_node)


@pytest.fixture
def rig(deployed: Anchoring) -> Iterator[Anchoring]:
    """A contract that holds nothing yet, and its publisher."""
    with deployed.node.undone():
        yield replace(deployed, kept=[])
