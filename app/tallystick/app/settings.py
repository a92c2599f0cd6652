"""All settings, in one class: environment variables with the prefix TALLYSTICK_."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Where a node keeps its things and how it is reached."""

    model_config = SettingsConfigDict(env_prefix="TALLYSTICK_", frozen=True)

    home: Path = Field(
        default=Path("~/.tallystick"),
        description="Folder of keys, queues, files and, by default, the database.",
    )
    database_url: str = Field(
        default="",
        description="`sqlite:///…` or `postgresql://…`; by default SQLite in the home folder.",
    )
    master_key_file: Path | None = Field(
        default=None,
        description="File of the master keys of attachments; by default `master/keys.json` in home. A secret "
        "that is mounted may be read-only; then it is rotated where it is kept.",
    )
    base_url: str = Field(
        default="http://127.0.0.1:8000",
        description="Where consumers reach this node; printed into labels.",
    )
    host: str = Field(
        default="127.0.0.1", description="Address that `tallystick serve` listens on."
    )
    port: int = Field(default=8000, ge=0, le=65535, description="Port that `serve` listens on.")
    witness_port: int = Field(
        default=8010, ge=0, le=65535, description="Port that `tallystick witness serve` listens on."
    )
    mirror_port: int = Field(
        default=8020, ge=0, le=65535, description="Port that `tallystick mirror serve` listens on."
    )
    broker_url: str = Field(
        default="",
        description="Celery broker of the outbox worker; by default the filesystem in home.",
    )
    standbys_required: int = Field(
        default=0,
        ge=0,
        le=16,
        description=(
            "Standbys of PostgreSQL that must have flushed an entry before it is acknowledged, as "
            "*replicated*; with 0 receipts say *durable* only."
        ),
    )
    anchor_rpc: str = Field(
        default="",
        description="RPC servers of the chain for anchors, separated by commas: the first one sends, "
        "what they say must agree. An address may hold an access key: it is never shown.",
    )
    anchor_chain: int = Field(default=0, ge=0, le=2**53, description="Id of that chain.")
    anchor_contract: str = Field(
        default="",
        description="Address of the contract (`tallystick anchor deploy`); without it nothing is anchored.",
    )
    anchor_checkpoints: int = Field(
        default=3600,
        ge=1,
        description="Anchor once so many checkpoints became final since the last.",
    )
    anchor_interval_s: int = Field(
        default=3600, ge=1, description="Or once so many seconds passed, if there is a newer one."
    )
    anchor_confirmations: int = Field(
        default=12,
        ge=1,
        le=100_000,
        description="Blocks, its own too, after which an anchor counts.",
    )
    anchor_fee_max_gwei: int = Field(
        default=100, ge=1, le=10**9, description="Highest fee for a unit of gas that is paid."
    )
    verify_processes: int = Field(
        default=-1,
        ge=-1,
        le=256,
        description="Processes that check signatures; -1 for one less than the cores, 0 for none.",
    )
    start_needs_quorum: bool = Field(
        default=False,
        description="Start only when a quorum of the log's witnesses says what it cosigned last. By default a "
        "silent witness is told, and holds up nothing.",
    )
    request_bytes_max: int = Field(
        default=32 * 1024 * 1024, gt=0, description="Largest request body that is read."
    )

    @property
    def folder(self) -> Path:
        return self.home.expanduser()

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.folder / 'ledger.sqlite3'}"

    @property
    def master_keys(self) -> Path:
        named = self.master_key_file
        return named.expanduser() if named else self.folder / "master" / "keys.json"

    @property
    def broker(self) -> str:
        return self.broker_url or "filesystem://"

    def environment(self) -> dict[str, str]:
        """The environment in which another process of this node sees the same settings."""
        told = {
            f"TALLYSTICK_{name.upper()}": str(value)
            for name, value in self.model_dump().items()
            if value not in ("", None)
        }
        return {**os.environ, **told}

    def demo(self) -> Settings:
        """The same, with the demo in a folder of its own unless a home is set."""
        if "home" in self.model_fields_set:
            return self
        return self.model_copy(update={"home": self.home / "demo"})
