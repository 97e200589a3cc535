"""`migrate` with two database roles: the owner migrates, then the application's role is granted what it may."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import DEFAULT_DB_ALIAS, connections

from voicepact.kernel.grants import grant_application

OWNER = "owner"


class Command(DjangoMigrate):
    help = "Updates the database schema as its owner, then grants the application's role what it may do."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database=OWNER if OWNER in settings.DATABASES else DEFAULT_DB_ALIAS)

    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        if options["database"] == OWNER and not (options["plan"] or options["check_unapplied"]):
            self._grant(verbosity=options["verbosity"])

    def _grant(self, *, verbosity: int) -> None:
        """Says in migrate's own style what the application's role may do now."""
        owner, role = connections[OWNER].settings_dict["USER"], connections[DEFAULT_DB_ALIAS].settings_dict["USER"]
        if verbosity:
            self.stdout.write(self.style.MIGRATE_HEADING("Granting:"))
        if role == owner:
            self.stderr.write(self.style.WARNING(f"  {role} is owner and application in one; nothing to grant."))
            return
        protected = grant_application(connections[OWNER], role=role)
        if verbosity:
            self.stdout.write(f"  {role} may use all tables" + self.style.SUCCESS(" OK"))
            for table in protected:
                self.stdout.write(f"  {role} may only read and add in {table}" + self.style.SUCCESS(" OK"))
