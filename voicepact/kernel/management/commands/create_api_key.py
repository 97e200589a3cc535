"""`manage.py create_api_key --client NAME --scopes a,b`: a key for a REST client, printed once."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from voicepact.kernel.models import DEFAULT_RATE, ApiKey, Scope, User


class Command(BaseCommand):
    help = "Makes an API key for a REST client (and the client, if it is new). Prints only the key on stdout."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--client", required=True, help="the client's user name")
        scopes = parser.add_mutually_exclusive_group(required=True)
        scopes.add_argument("--scopes", help=f"comma-separated, of: {', '.join(Scope.values)}")
        scopes.add_argument("--all-scopes", action="store_true")
        parser.add_argument("--name", default="", help="what the key is for")
        parser.add_argument("--days", type=int, default=365, help="valid for so many days (default 365)")
        parser.add_argument("--rate", type=int, default=DEFAULT_RATE, help="requests per minute (default 600)")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["days"] <= 3650:
            raise CommandError("--days: from 1 to 3650.")
        scopes = list(Scope.values) if options["all_scopes"] else _listed(options["scopes"])
        with transaction.atomic():
            client = _client(options["client"])
            try:
                key, text = ApiKey.objects.issue(
                    client, name=options["name"], scopes=scopes, days=options["days"], rate=options["rate"]
                )
            except ValidationError as error:
                raise CommandError(" ".join(error.messages)) from error
        self.stderr.write(
            f"A key for {client} until {key.expiry:%Y-%m-%d}: {', '.join(key.scopes)}. It is not shown again."
        )
        self.stdout.write(text)


def _listed(text: str) -> list[str]:
    """The scopes in a comma-separated list. Raises CommandError for none and for an unknown one."""
    scopes = [scope.strip() for scope in text.split(",") if scope.strip()]
    unknown = sorted(set(scopes) - set(Scope.values))
    if unknown or not scopes:
        raise CommandError(f"--scopes: {', '.join(unknown) or 'none'} given; there are {', '.join(Scope.values)}.")
    return scopes


def _client(name: str) -> User:
    """The client of that name: no password, not staff. Raises CommandError for a bad name and for a member of staff."""
    client = User.objects.filter(username=name).first()
    if client is None:
        client = User(username=name)
        client.set_unusable_password()
        try:
            client.full_clean()
        except ValidationError as error:
            raise CommandError(f"--client: {' '.join(error.messages)}") from error
        client.save()
    elif client.is_staff or client.is_superuser:
        raise CommandError(f"{name} is a member of staff; a REST client is a user of its own.")
    return client
