"""Partitions of `entry` and `body` by index, on PostgreSQL.

They are made ahead by a function of the database that belongs to the tables' owner: the role that appends
may call it, and may make or change no table itself. It attaches a finished table, which blocks no reader.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine

from tallystick.ledger.store import bulk

#: Entries in a partition that is made from now on; those that are there keep their size.
partition_entries = 10_000_000
#: The next partition is made when so many entries or fewer have room; never more than a whole one ahead.
room_min = 1_000_000
partitioned = ("entry", "body")
room_function = "tallystick_room"

#: The first index without a partition, as far as it was seen committed.
_known: WeakKeyDictionary[Engine, int] = WeakKeyDictionary()


def make_room(connection: Connection, index: int) -> None:
    """See to it that there is a partition for `index` and for what comes soon after."""
    wanted = index + min(room_min, partition_entries // 10)
    if wanted < _known.get(connection.engine, 0):
        return
    # By the driver: nobody else may ask while statements go together (`Transaction.together`).
    row = bulk.run(
        connection, f"SELECT {room_function}(?, ?)", (wanted, partition_entries)
    ).fetchone()
    # Negative: made in this transaction, which may yet be rolled back.
    if row[0] > 0:
        _known[connection.engine] = row[0]


def define(connection: Connection, schema: str) -> None:
    """The function, in the schema of the tables; they are partitioned already."""
    connection.exec_driver_sql(_function.replace("SCHEMA", schema))
    connection.exec_driver_sql(
        f"REVOKE ALL ON FUNCTION {room_function}(bigint, bigint) FROM PUBLIC"
    )


_function = rf"""
CREATE OR REPLACE FUNCTION {room_function}(wanted bigint, each bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = SCHEMA, pg_temp AS $$
DECLARE
    room bigint;
    made boolean := false;
    name text;
    part text;
BEGIN
    IF each < 1 THEN
        RAISE EXCEPTION 'a partition holds at least one entry';
    END IF;
    LOOP
        SELECT max((regexp_match(pg_get_expr(c.relpartbound, c.oid), 'TO \(''?(\d+)''?\)'))[1]::bigint)
            INTO room FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
            WHERE i.inhparent = 'entry'::regclass;
        room := coalesce(room, 0);
        EXIT WHEN room > wanted;
        IF wanted - room > 100 * each THEN
            RAISE EXCEPTION 'index %% is more than 100 partitions away', wanted;
        END IF;
        FOREACH name IN ARRAY ARRAY['entry', 'body'] LOOP
            part := name || '_from_' || room;
            EXECUTE format('CREATE TABLE %%I (LIKE %%I INCLUDING DEFAULTS)', part, name);
            EXECUTE format('REVOKE ALL ON %%I FROM PUBLIC', part);
            EXECUTE format('ALTER TABLE %%I ATTACH PARTITION %%I FOR VALUES FROM (%%s) TO (%%s)',
                name, part, room, room + each);
        END LOOP;
        made := true;
    END LOOP;
    RETURN CASE WHEN made THEN -room ELSE room END;
END $$
"""
