"""The fill: a year of deals as `fill.sql` tells it, one section after the other, without the indexes meanwhile."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from rich.progress import Progress

SCRIPT = Path(__file__).with_name("fill.sql")
DEALS_PER_PAYMENT = 1.06  # some deals end before anybody pays
INDEXES = """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
    JOIN pg_class ON pg_class.oid = indrelid
    WHERE relnamespace = 'public'::regnamespace AND NOT indisprimary
        AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid) ORDER BY 1
"""
SEQUENCES = """
    SELECT table_name, column_name FROM information_schema.columns
    WHERE table_schema = 'public' AND is_identity = 'YES'
"""


@dataclass(frozen=True, slots=True)
class Section:
    """One step of the fill: its title, and the statements that make it."""

    title: str
    statements: str


def sections() -> Iterator[Section]:
    for part in SCRIPT.read_text().split("-- == ")[1:]:
        title, _, statements = part.partition("\n")
        yield Section(title, statements)


def fill(url: str, *, payments: int, progress: Progress) -> None:
    """The database at `url`, migrated and empty, holds about so many payments with all that belongs to them.

    Precondition: its server looks at no foreign key and runs no trigger.
    """
    parts = list(sections())
    with psycopg.connect(url, autocommit=True) as connection:
        indexes = connection.execute(INDEXES).fetchall()
        task = progress.add_task("Filling", total=len(parts) + len(indexes) + 2)
        connection.execute("SELECT set_config('million.deals', %s, false)", [str(round(payments * DEALS_PER_PAYMENT))])
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}".encode())
        for part in parts:
            progress.update(task, description=part.title)
            connection.execute(part.statements.encode())
            progress.advance(task)
        for name, definition in indexes:
            progress.update(task, description=f"Index {name}")
            connection.execute(definition.encode())
            progress.advance(task)
        progress.update(task, description="Sequences")
        _move_sequences(connection)
        progress.advance(task)
        progress.update(task, description="Statistics")
        connection.execute("VACUUM ANALYZE")
        progress.advance(task)


def _move_sequences(connection: "psycopg.Connection[tuple[object, ...]]") -> None:
    """What is added later gets a number that no row has."""
    for table, column in connection.execute(SEQUENCES).fetchall():
        sequence = f"pg_get_serial_sequence('{table}', '{column}')"
        connection.execute(f"SELECT setval({sequence}, (SELECT coalesce(max({column}), 1) FROM {table}))".encode())
