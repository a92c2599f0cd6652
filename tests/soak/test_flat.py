"""A soak run that could not fail would prove nothing: leaks and slowing down are found, noise is not."""

from __future__ import annotations

import random

import pytest
from tests.soak.flat import (
    Limit,
    TooShort,
    memory_limit,
    p50_limit,
    p99_limit,
    percentile,
    trend,
    windowed,
    windows,
)


def noisy(level: float, gain: float, noise: float, seed: int = 1) -> list[float]:
    rng = random.Random(seed)
    return [level + gain * n / (windows - 1) + rng.uniform(-noise, noise) for n in range(windows)]


def test_a_leak_of_one_fifth_is_found() -> None:
    assert not trend("leaks", "MB", noisy(200, 40, 5), memory_limit).flat
    assert trend("steady", "MB", noisy(200, 0, 5), memory_limit).flat


def test_latency_that_doubles_is_found_and_noise_is_not() -> None:
    assert not trend("slows", "ms", noisy(20, 20, 4), p50_limit).flat
    assert trend("noise", "ms", noisy(20, 0, 10), p50_limit).flat
    assert not trend("slows", "ms", noisy(100, 150, 20), p99_limit).flat


def test_two_bad_moments_are_no_trend() -> None:
    values = noisy(20, 0, 1)
    values[-1], values[-2] = 900.0, 800.0
    assert trend("moments", "ms", values, p50_limit).flat


def test_what_shrinks_is_flat() -> None:
    assert trend("shrinks", "MB", noisy(200, -100, 1), memory_limit).flat


def test_windows_leave_out_the_warming_up_and_what_is_empty() -> None:
    samples = [(float(n), float(n)) for n in range(1000)]
    found = windowed(samples, 0, 1000)
    assert len(found) == windows
    assert found[0][0] == 150
    assert sum(map(len, found)) == 850
    assert len(windowed(samples[:575], 0, 1000)) == windows // 2
    assert windowed([], 0, 1) == []
    with pytest.raises(TooShort):
        trend("none", "ms", [], Limit(1, 1))


@pytest.mark.parametrize(
    ("share", "value"), [(0.5, 50), (0.99, 99), (1.0, 100), (0.001, 1), (0.995, 100)]
)
def test_percentiles(share: float, value: int) -> None:
    assert percentile(list(range(100, 0, -1)), share) == value
