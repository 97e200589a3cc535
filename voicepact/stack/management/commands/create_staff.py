"""`manage.py create_staff NAME [--group GROUP]`: a member of staff who may log in to the admin."""

import os
from argparse import ArgumentParser

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError

PASSWORD = "STAFF_PASSWORD"  # noqa: S105 - the name of a variable


class Command(BaseCommand):
    help = f"The member of staff exists, with the password that the environment's {PASSWORD} holds."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--superuser", action="store_true", help="may do everything")
        parser.add_argument("--group", action="append", default=[], help="may do what this group may; can be repeated")

    def handle(self, *, name: str, superuser: bool, group: list[str], **_: object) -> None:
        password = os.environ.get(PASSWORD)
        if not password:
            raise CommandError(f"{PASSWORD} is not set.")
        groups = Group.objects.filter(name__in=group)
        if missing := set(group) - {found.name for found in groups}:
            raise CommandError(f"There is no group {', '.join(sorted(missing))}.")
        user, _created = get_user_model().objects.get_or_create(username=name)
        user.is_staff = True
        user.is_superuser = superuser
        user.set_password(password)
        user.save()
        user.groups.set(groups)
