"""The operator's pages keep pace with settings, reasons and metrics."""

from __future__ import annotations

import re
from functools import cache

import yaml
from tests.lint.source import root

from tallystick.app.operations.server import answer_ms_max, refuse_ms_min, stop_within_s
from tallystick.app.reference.operating import known_reasons, metrics_of_services, shown_name
from tallystick.app.settings import Settings

how_to = (root / "docs/how-to/operate.md").read_text(encoding="utf-8")
alerts = (root / "docs/how-to/alerts.yml").read_text(encoding="utf-8")


def test_every_setting_says_what_it_trusts_and_what_goes_wrong() -> None:
    """A new setting is declared by `setting(…, trusts=…, wrong=…)`."""
    told = {name: field.json_schema_extra for name, field in Settings.model_fields.items()}
    silent = [
        name
        for name, texts in told.items()
        if not isinstance(texts, dict) or not texts.get("trusts") or not texts.get("wrong")
    ]
    assert silent == []


def test_every_reason_has_its_section_in_the_runbook() -> None:
    sections = re.findall(r"^### (.+)$", how_to.partition("## Runbook")[2], re.MULTILINE)
    assert sections == [reason.code for reason in known_reasons()]


@cache
def known() -> frozenset[str]:
    """Names of series, as Prometheus stores them."""
    found: set[str] = set()
    for metrics in metrics_of_services().values():
        for metric in metrics:
            found |= {sample.name for sample in metric.samples} | {shown_name(metric)}
    return frozenset(found)


def test_every_metric_in_the_sample_alerts_exists() -> None:
    rules = [rule for group in yaml.safe_load(alerts)["groups"] for rule in group["rules"]]
    assert len(rules) > 10
    for rule in rules:
        named = re.findall(r"tallystick_[a-z_]+", rule["expr"])
        assert named or rule["expr"].startswith("up{")
        assert [name for name in named if name not in known()] == [], rule["alert"]
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"]["summary"]
    assert len({rule["alert"] for rule in rules}) == len(rules)


def test_every_metric_named_in_the_how_to_exists() -> None:
    assert [name for name in re.findall(r"tallystick_[a-z_]+", how_to) if name not in known()] == []


def test_what_the_issue_asks_for_is_measured() -> None:
    wanted = {
        *("tallystick_entries_total", "tallystick_batch_commit_seconds_bucket"),
        *("tallystick_batch_entries_bucket", "tallystick_queue_batches"),
        *("tallystick_checkpoint_age_seconds", "tallystick_witness_lag_seconds"),
        *("tallystick_finality_lag_seconds", "tallystick_verification_chunks"),
        *("tallystick_outbox_open", "tallystick_outbox_failed", "tallystick_mirror_lag_seconds"),
    }
    assert wanted - known() == set()


def test_the_how_to_states_the_limits_of_stopping() -> None:
    said = " ".join(how_to.split())
    assert f"({answer_ms_max // 1000} s at most)" in said
    assert refuse_ms_min == 1000
    assert "at least one second" in said
    assert f"at most {stop_within_s} seconds" in said
