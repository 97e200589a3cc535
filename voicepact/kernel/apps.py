"""The kernel as a Django app: accounts, API keys and remembered answers."""

from django.apps import AppConfig
from django.core.checks import Tags, register

from voicepact.kernel.checks import clock_is_fixed_in_production, two_database_roles


class KernelConfig(AppConfig):
    name = "voicepact.kernel"
    label = "kernel"
    verbose_name = "Accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        register(two_database_roles, Tags.database)
        register(clock_is_fixed_in_production, Tags.security)
