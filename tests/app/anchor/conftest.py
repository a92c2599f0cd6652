"""The chain of tests/contracts, for a whole node."""

from tests.contracts.conftest import deployed, evm_node, rig

__all__ = ["deployed", "evm_node", "rig"]
