"""The bare insert handler: the same framework and server, the same kind of database, one insert, one durable commit."""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import orjson
import psycopg
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool

insert_path = "/bench/insert"
connections_max = 15


def add(app: FastAPI, url: str, folder: Path) -> None:
    """The route: it parses the request and stores envelope, body and salt of its first entry."""
    insert = _postgres(url) if url.startswith("postgresql") else _sqlite(folder / "bare.sqlite3")

    @app.post(insert_path)
    async def bare(request: Request) -> dict[str, int]:
        (row,) = orjson.loads(await request.body())["entries"]
        values = (orjson.dumps(row["envelope"]), row["body"], row["salt"])
        await run_in_threadpool(insert, values)
        return {"stored": 1}


Insert = Callable[[tuple[bytes, str, str]], None]


def _sqlite(path: Path) -> Insert:
    """One writer at a time, as SQLite has it; WAL and synchronous=FULL as in the ledger."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(
        "CREATE TABLE entry (id INTEGER PRIMARY KEY, leaf BLOB, body TEXT, salt TEXT)"
    )
    lock = threading.Lock()

    def insert(values: tuple[bytes, str, str]) -> None:
        with lock:
            connection.execute("INSERT INTO entry (leaf, body, salt) VALUES (?, ?, ?)", values)

    return insert


def _postgres(url: str) -> Insert:
    """Connections from a pool as large as the ledger's own."""
    pool = queue.LifoQueue[psycopg.Connection | None]()
    for _ in range(connections_max):
        pool.put(None)
    with psycopg.connect(url, autocommit=True) as first:
        first.execute(
            "CREATE TABLE bench_entry (id BIGSERIAL PRIMARY KEY, leaf BYTEA, body TEXT, salt TEXT)"
        )

    def insert(values: tuple[bytes, str, str]) -> None:
        connection = pool.get() or psycopg.connect(url, autocommit=True)
        try:
            connection.execute(
                "INSERT INTO bench_entry (leaf, body, salt) VALUES (%s, %s, %s)", values
            )
        finally:
            pool.put(connection)

    return insert
