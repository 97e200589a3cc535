from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model
from pytest_django import DjangoDbBlocker

from voicepact.kernel import checks
from voicepact.kernel.grants import grant_application
from voicepact.kernel.management.commands.migrate import Command
from voicepact.kernel.models import ApiKey, IdempotencyRecord


@pytest.fixture
def owner(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[BaseDatabaseWrapper]:
    """The owner's connection, in a transaction that is undone."""
    if "owner" not in settings.DATABASES:
        pytest.skip("there is one database role here")
    with django_db_blocker.unblock(), transaction.atomic(using="owner"):
        yield connections["owner"]
        transaction.set_rollback(True, using="owner")


@pytest.fixture
def application() -> str:
    return str(settings.DATABASES["default"]["USER"])


def may(connection: BaseDatabaseWrapper, role: str, model: type[Model]) -> set[str]:
    """What `role` may do with the model's table."""
    privileges = ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "TRIGGER"]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p FROM unnest(%s::text[]) p WHERE has_table_privilege(%s, %s, p)",
            [privileges, role, model._meta.db_table],
        )
        return {row[0] for row in cursor.fetchall()}


def test_after_migrate_the_application_may_use_tables(owner: BaseDatabaseWrapper, application: str) -> None:
    assert may(owner, application, ApiKey) == {"SELECT", "INSERT", "UPDATE", "DELETE"}


def test_after_migrate_it_may_only_add_to_what_is_append_only(owner: BaseDatabaseWrapper, application: str) -> None:
    for model in apps.get_models():
        if getattr(model, "append_only", False):
            assert may(owner, application, model) == {"SELECT", "INSERT"}, model


def test_a_model_becomes_append_only_by_saying_so(
    owner: BaseDatabaseWrapper, application: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(IdempotencyRecord, "append_only", True, raising=False)
    for _ in range(2):
        assert IdempotencyRecord._meta.db_table in grant_application(owner, role=application)
        assert may(owner, application, IdempotencyRecord) == {"SELECT", "INSERT"}


def with_roles(monkeypatch: pytest.MonkeyPatch, *, owner: bool) -> None:
    monkeypatch.delitem(settings.DATABASES, "owner", raising=False)
    if owner:
        monkeypatch.setitem(settings.DATABASES, "owner", settings.DATABASES["default"])


@pytest.mark.parametrize(("owner", "alias"), [(True, "owner"), (False, "default")])
def test_the_owner_migrates_when_there_is_one(monkeypatch: pytest.MonkeyPatch, owner: bool, alias: str) -> None:
    with_roles(monkeypatch, owner=owner)
    assert Command().create_parser("manage.py", "migrate").get_default("database") == alias


@pytest.mark.parametrize(
    ("options", "granted"),
    [
        ({"database": "owner"}, True),
        ({"database": "default"}, False),
        ({"database": "owner", "plan": True}, False),
        ({"database": "owner", "check_unapplied": True}, False),
    ],
)
def test_grants_follow_a_migration_as_owner_only(options: dict[str, Any], granted: bool) -> None:
    with mock.patch.object(DjangoMigrate, "handle"), mock.patch.object(Command, "_grant") as grant:
        Command().handle(**{"plan": False, "check_unapplied": False, "verbosity": 0, **options})
    assert grant.called is granted


@pytest.mark.parametrize(("owner", "ids"), [(True, []), (False, ["kernel.W001"])])
def test_one_database_role_is_warned_about(monkeypatch: pytest.MonkeyPatch, owner: bool, ids: list[str]) -> None:
    with_roles(monkeypatch, owner=owner)
    assert [message.id for message in checks.two_database_roles(databases=["default"])] == ids


@pytest.mark.parametrize(
    ("production", "movable", "ids"), [(True, True, ["kernel.E001"]), (True, False, []), (False, True, [])]
)
def test_a_movable_clock_is_refused_in_production(
    monkeypatch: pytest.MonkeyPatch, production: bool, movable: bool, ids: list[str]
) -> None:
    monkeypatch.setattr(settings, "PRODUCTION", production)
    monkeypatch.setattr(settings, "CLOCK_MOVABLE", movable)
    assert [message.id for message in checks.clock_is_fixed_in_production()] == ids
