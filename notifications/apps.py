import logging

from django.apps import AppConfig

from notifications.redaction import REQUEST_LOG, WithoutSecrets


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = "Messages"

    def ready(self) -> None:
        logging.getLogger(REQUEST_LOG).addFilter(WithoutSecrets())
