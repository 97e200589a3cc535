"""Whether this process is alive, and whether it can do its work: for load balancers, supervisors and the simulator."""

import structlog
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from payments.models import Posting
from voicepact.kernel import redis

log = structlog.get_logger()


@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers at all."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """200 if database and Redis answer, else 503; `postings` says whether the ledger has any."""
    state = {"database": False, "redis": False, "postings": None}
    try:
        state["postings"] = Posting.objects.exists()
        state["database"] = True
        state["redis"] = bool(redis.client().ping())
    except (DatabaseError, RedisError) as error:
        log.warning("not ready", why=type(error).__name__)
    return JsonResponse(state, status=200 if state["database"] and state["redis"] else 503)
