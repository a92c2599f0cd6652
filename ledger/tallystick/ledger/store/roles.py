"""What the role that serves and appends may do, on PostgreSQL; the owner of the tables migrates them.

Entries, their ids, their bodies and checkpoints are only ever added. An attachment may be erased. Everything
else follows from entries, and the audit computes it again.
"""

from __future__ import annotations

from sqlalchemy import Connection

from tallystick.ledger.errors import TallystickError
from tallystick.ledger.store.partitions import room_function
from tallystick.ledger.store.tables import metadata

added_only = ("entry", "entry_name", "body", "checkpoint")
erasable = ("attachment",)
version_table = "ledger_version"


class RoleRefused(TallystickError):
    code = "role-refused"
    status = 409
    title = "This role cannot be the one that may not change entries"
    advice = (
        "Make another with `createuser NAME`, neither superuser nor owner of the tables nor member of the "
        "owner's role, and run this command as the owner."
    )


class RolesNotHere(TallystickError):
    code = "roles-not-here"
    status = 409
    title = "SQLite has no roles"
    advice = "Triggers refuse changes of entries there; for roles, keep the log on PostgreSQL."


def grant(connection: Connection, role: str) -> None:
    """Take everything from the role, and give it what it needs; raises `RoleRefused`."""
    _require_other(connection, role)
    quoted = connection.dialect.identifier_preparer.quote_identifier(role)
    schema = connection.exec_driver_sql("SELECT quote_ident(current_schema())").scalar_one()
    statements = [
        f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {quoted}",
        f"GRANT USAGE ON SCHEMA {schema} TO {quoted}",
        f"GRANT SELECT ON {version_table} TO {quoted}",
        f"GRANT EXECUTE ON FUNCTION {room_function}(bigint, bigint) TO {quoted}",
    ]
    for name in sorted({*metadata.tables, *added_only}):
        statements.append(f"GRANT SELECT, {_given(name)} ON {name} TO {quoted}")
    for statement in statements:
        # The driver reads % as a parameter's mark.
        connection.exec_driver_sql(statement.replace("%", "%%"))


def granted(connection: Connection) -> list[str]:
    """Roles, other than the owner of the tables, that may add entries."""
    rows = connection.exec_driver_sql(
        "SELECT DISTINCT g.grantee FROM information_schema.role_table_grants g"
        " JOIN pg_tables t ON t.schemaname = g.table_schema AND t.tablename = g.table_name"
        " WHERE g.table_schema = current_schema() AND g.table_name = 'entry'"
        " AND g.privilege_type = 'INSERT' AND g.grantee <> t.tableowner ORDER BY 1"
    )
    return [row[0] for row in rows]


def may_change_entries(connection: Connection) -> bool:
    """Whether this connection's own role could."""
    asked = "SELECT has_table_privilege(current_user, 'entry', 'UPDATE, DELETE, TRUNCATE')"
    return bool(connection.exec_driver_sql(asked).scalar())


def _given(name: str) -> str:
    if name in added_only:
        return "INSERT"
    return "INSERT, DELETE" if name in erasable else "INSERT, UPDATE, DELETE"


def _require_other(connection: Connection, role: str) -> None:
    found = connection.exec_driver_sql(
        "SELECT r.rolsuper OR pg_has_role(r.oid, t.relowner, 'MEMBER'),"
        " pg_has_role(current_user, t.relowner, 'MEMBER')"
        " FROM pg_roles r, pg_class t WHERE r.rolname = %s AND t.oid = 'entry'::regclass",
        (role,),
    ).one_or_none()
    if found is None:
        raise RoleRefused(f"there is no role {role}")
    if not found[1]:
        raise RoleRefused("this command runs as a role that does not own the tables")
    if found[0]:
        raise RoleRefused(f"{role} owns the tables, or is a superuser")
