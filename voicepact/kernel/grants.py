"""What the application's database role may do: everything with rows, except to change or remove what is append-only.

A model is append-only when it says so itself: `append_only = True` in its class body.
"""

from collections.abc import Iterator

from django.apps import apps
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper


def grant_application(connection: BaseDatabaseWrapper, *, role: str) -> list[str]:
    """`role` may use every table and sequence, and only read and add in append-only tables; returns those tables.

    `connection` is the owner's. Nobody sees a state in between: all of it is one transaction.
    """
    name = connection.ops.quote_name(role)
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        protected = sorted(set(_append_only_tables()) & set(connection.introspection.table_names(cursor)))
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {name}")
        cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}")
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {name}")
        for table in map(connection.ops.quote_name, protected):
            cursor.execute(f"REVOKE ALL ON {table} FROM {name}")
            cursor.execute(f"GRANT SELECT, INSERT ON {table} TO {name}")
    return protected


def _append_only_tables() -> Iterator[str]:
    for model in apps.get_models():
        if getattr(model, "append_only", False):
            yield model._meta.db_table
