"""What every door of Africa's Talking has in common: whose calls are let in, and what no such call can look like."""

import hmac

from django.conf import settings
from django.http import Http404, HttpRequest, JsonResponse

from voicepact.kernel.api.problems import CONTENT_TYPE, problem_body

LONGEST_ID = 100
LARGEST_BODY = 64 * 1024
ABSURD = "The body is larger than 64 KB, or holds the character U+0000 or half a character."


def admit(secret: str) -> None:
    """Raises Http404 unless the secret is one of those that are live."""
    live = [hmac.compare_digest(secret.encode(), one.encode()) for one in settings.AT_CALLBACK_SECRETS if one]
    if not any(live):
        raise Http404


def is_absurd(request: HttpRequest, *, free: frozenset[str] = frozenset()) -> bool:
    """Whether no network can have sent this; what is in the fields `free` is not kept, and may be anything."""
    if len(request.body) > LARGEST_BODY:
        return True
    fields = request.POST.dict().items()
    return any(_is_unfit(name) or (_is_unfit(str(value)) and name not in free) for name, value in fields)


def _is_unfit(text: str) -> bool:
    """Whether no database could keep it."""
    return "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text)


def malformed(code: str, detail: str) -> JsonResponse:
    return JsonResponse(problem_body(400, code, detail), status=400, content_type=CONTENT_TYPE)
