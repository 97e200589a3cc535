"""The control calls: hands on the phones, faults, the clock, the statement."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse, JsonResponse

from voicepact.kernel.clock import ClockRefused
from voicepact.simulator import world
from voicepact.simulator.refusals import ControlRefused
from voicepact.simulator.views import shapes
from voicepact.simulator.views.skin import control, control_body

LONGEST_ADVANCE_S = 10 * 365 * 24 * 3600


@control("GET")
def healthz(request: HttpRequest) -> HttpResponse:
    world.current()
    return JsonResponse({"status": "ok"})


@control("GET", "PUT")
def phone(request: HttpRequest, msisdn: str) -> HttpResponse:
    phones = world.current().phones
    if request.method == "PUT":
        phones.change(msisdn, control_body(request))
    return JsonResponse(shapes.phone(msisdn, phones.read(msisdn)))


@control("POST")
def prompt(request: HttpRequest, msisdn: str, prompt_id: str) -> HttpResponse:
    action = control_body(request).get("action")
    return JsonResponse(shapes.prompt(world.current().phones.answer(msisdn, prompt_id, action=action)))


@control("POST")
def sms(request: HttpRequest, msisdn: str) -> HttpResponse:
    text = control_body(request).get("text")
    return JsonResponse({"id": world.current().phones.text(msisdn, text=text)}, status=202)


@control("POST", "DELETE")
def ussd(request: HttpRequest, msisdn: str) -> HttpResponse:
    """A turn of a session; DELETE leaves the session, as a phone's red key does."""
    body, phones = control_body(request), world.current().phones
    if request.method == "DELETE":
        phones.hang_up(msisdn, session=body.get("session"))
        return HttpResponse(status=204)
    screen = phones.dial(msisdn, session=body.get("session"), text=body.get("text"))
    return JsonResponse({"screen": screen})


@control("POST")
def paybill(request: HttpRequest, msisdn: str) -> HttpResponse:
    body = control_body(request)
    paid = world.current().phones.pay(msisdn, amount=body.get("amount"), reference=body.get("reference"))
    result = "accepted" if paid.code == "0" else "refused"
    return JsonResponse({"result": result, "code": paid.code, "receipt": paid.receipt})


@control("GET", "POST")
def faults(request: HttpRequest) -> HttpResponse:
    box = world.current().ground.faults
    now = box.change(control_body(request)) if request.method == "POST" else box.read()
    return JsonResponse(shapes.faults(now))


@control("GET")
def statement(request: HttpRequest) -> HttpResponse:
    moved = world.current().ground.movements.statement()
    return JsonResponse([shapes.movement(movement) for movement in moved], safe=False)


@control("GET", "POST")
def clock(request: HttpRequest) -> HttpResponse:
    here = world.current()
    if request.method == "GET":
        return JsonResponse({"now": shapes.time(here.ground.clock())})
    seconds = control_body(request).get("advance_s")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= LONGEST_ADVANCE_S:
        raise ControlRefused(f"advance_s is a number of seconds from 0 to {LONGEST_ADVANCE_S}: forwards only.")
    try:
        return JsonResponse({"now": shapes.time(here.advance(timedelta(seconds=seconds)))})
    except ClockRefused as refused:
        raise ControlRefused(str(refused), http=409) from None


@control("POST")
def reset(request: HttpRequest) -> HttpResponse:
    here = world.current()
    force = control_body(request).get("force", False) if request.body else False
    if not isinstance(force, bool):
        raise ControlRefused("force is true or false.")
    if not force:
        here.application.check_no_postings()
    here.ground.books.clear()
    return JsonResponse({"status": "reset"})
