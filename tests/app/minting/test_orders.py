"""A million serials, and 4,700,000 number plates for 62 makers with 153 machines: each by one entry, really issued."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.app.minting.orders import Order
from tests.conftest import soaking

plates, makers, machines = 4_700_000, 62, 153


def test_20_000_plates_for_62_makers_and_153_machines(database_url: str, tmp_path: Path) -> None:
    Order.placed(database_url, tmp_path, 20_000, makers, machines).check()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("count", "makers", "machines"), [(1_000_000, 0, 0), (plates, makers, machines)]
)
def test_orders_at_full_size(
    database_url: str, tmp_path: Path, count: int, makers: int, machines: int
) -> None:
    """For `./dev soak`: a minute or two for each database."""
    if not soaking():
        pytest.skip("orders of millions are placed by ./dev soak; one of 20,000 in every run")
    Order.placed(database_url, tmp_path, count, makers, machines).check()
