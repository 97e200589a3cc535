"""The secrets in our callback addresses stay out of the log: Django writes the path of every request it refuses."""

import logging

from django.conf import settings

REQUEST_LOG = "django.request"


class WithoutSecrets(logging.Filter):
    """Lets every record pass, with the secrets of callback addresses left out of its arguments."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_redacted(argument) for argument in record.args)
        return True


def _redacted(argument: object) -> object:
    if isinstance(argument, str):
        for secret in settings.AT_CALLBACK_SECRETS:
            argument = argument.replace(secret, "(secret)") if secret else argument
    return argument
