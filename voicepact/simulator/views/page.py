"""The phones as a web page, side by side, and what it asks each second."""

from pathlib import Path

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render

from voicepact.simulator import explanations, world
from voicepact.simulator.recent import recent
from voicepact.simulator.refusals import ControlRefused
from voicepact.simulator.ussd import SERVICE_CODE
from voicepact.simulator.views import shapes
from voicepact.simulator.views.skin import control

FOLDER = Path(__file__).resolve().parent.parent / "page"
KINDS = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
MOST_PHONES = 12
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@control("GET")
def page(request: HttpRequest) -> HttpResponseBase:
    words = {
        "fates": explanations.FATES,
        "faults": explanations.FAULTS,
        "service_code": SERVICE_CODE,
        "most_phones": MOST_PHONES,
    }
    return _guarded(render(request, "simulator/phones.html", words))


def file(request: HttpRequest, name: str) -> HttpResponseBase:
    """One of the page's own files: there is no other folder to look into, and nobody has to build anything."""
    path = FOLDER / name
    if path.parent != FOLDER or path.suffix not in KINDS or not path.is_file():
        raise Http404
    return _guarded(FileResponse(path.open("rb"), content_type=f"{KINDS[path.suffix]}; charset=utf-8"))


@control("GET")
def recent_phones(request: HttpRequest) -> HttpResponse:
    """The phones that were in use last, the newest first."""
    phones = recent(world.current().ground.books)
    return JsonResponse({"phones": [shapes.recent(phone) for phone in phones]})


@control("GET")
def live(request: HttpRequest) -> HttpResponse:
    """The phones named in `phones`, by commas; 304 and no reading at all while nothing has changed.

    The header X-Clock has the time, which moves even then.
    """
    here = world.current()
    msisdns = [name for name in request.GET.get("phones", "").split(",") if name]
    if len(msisdns) > MOST_PHONES:
        raise ControlRefused(f"phones names up to {MOST_PHONES}.")
    edition = f'"{here.ground.books.edition()}"'
    if request.headers.get("If-None-Match") == edition:
        answer = HttpResponse(status=304)
    else:
        read = zip(msisdns, here.phones.read_all(msisdns), strict=True)
        answer = JsonResponse({"phones": [shapes.phone(msisdn, phone) for msisdn, phone in read]})
    answer["ETag"] = edition
    answer["X-Clock"] = shapes.time(here.ground.clock())
    answer["Cache-Control"] = "no-store"
    return answer


def _guarded(answer: HttpResponseBase) -> HttpResponseBase:
    answer["Content-Security-Policy"] = POLICY
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Referrer-Policy"] = "no-referrer"
    answer["Cache-Control"] = "no-cache"
    return answer
