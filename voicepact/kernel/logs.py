"""What must never be written to a log: the tokens in the addresses of callbacks, and tracebacks of mere refusals."""

import logging
import re

TOKENS = re.compile(r"(/payments/callbacks/[^/\s]+/[^/\s]+/|/(?:sms|ussd)/(?:[a-z]+/)?)[^/\s]+")


class WithoutTokens(logging.Filter):
    """Lets every record pass, with the last part of callback addresses left out."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = TOKENS.sub(r"\1(token)", record.getMessage()), None
        return True


class WithoutRefusals(logging.Filter):
    """Lets every record pass; that somebody may not do something is no fault of ours, and needs no traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        if getattr(record, "status_code", None) == 403:
            record.exc_info = record.exc_text = None
        return True
