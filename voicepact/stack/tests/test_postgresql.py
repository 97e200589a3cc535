import os
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import connection

ONE_ROLE = os.environ["DATABASE_URL"] == os.environ["OWNER_DATABASE_URL"]
two_roles = pytest.mark.skipif(ONE_ROLE, reason="DATABASE_URL names a server that lets nobody make a second role")


@two_roles
def test_the_applications_role_owns_nothing_and_is_no_superuser(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user")
        flags = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user")
        (owned,) = cursor.fetchone()

    assert flags == (False, False, False)
    assert owned == 0


@two_roles
def test_the_applications_role_makes_no_tables(db):
    with connection.cursor() as cursor, pytest.raises(Exception, match="permission denied for schema public"):
        cursor.execute("CREATE TABLE mine (id int)")


def test_the_owner_owns_the_tables(owner_connection):
    tables = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"
    owners = owner_connection.execute(tables).fetchall()

    assert owners == [(urlsplit(os.environ["OWNER_DATABASE_URL"]).username,)]


def test_nobody_enters_without_a_password():
    address = urlsplit(os.environ["OWNER_DATABASE_URL"])

    for role in (address.username, urlsplit(os.environ["DATABASE_URL"]).username, "postgres"):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(f"postgres://{role}@{address.hostname}:{address.port}{address.path}")
