"""The public page that says whether a deal's money is there: for whoever was shown an SMS and wonders if it is ours.

It names nobody and no goods. A deal that there is not and a code that was never given are answered alike, so that
nobody learns which deals there are.
"""

import re
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from payments import proof
from payments.check_words import WORDS, Words
from payments.proof import CODE, Proof
from voicepact.kernel import search_terms
from voicepact.kernel.api.throttling import seconds_to_wait
from voicepact.kernel.clock import NAIROBI
from voicepact.kernel.http import client_address

ENGLISH, SWAHILI = "en", "sw"
LONGEST = 50
GAPS = re.compile(r"[\s.-]+")
NO_LETTERS = str.maketrans("OIL", "011")


@never_cache
@require_safe
def look_up(request: HttpRequest) -> HttpResponse:
    """A form for both; typed, they lead to the page of that code."""
    typed = [request.GET.get(name, "") for name in ("deal", "code")]
    if not any(map(str.strip, typed)):
        return _page(request, "ask")
    deal, code = search_terms.deal_id(typed[0]), _code(typed[1])
    if not deal or not CODE.fullmatch(code):
        return _unknown(request)
    return redirect(reverse("check-code", args=[deal, code], query={"lang": _language(request)}))


@never_cache
@require_safe
def ask_for_code(request: HttpRequest, contract_id: str) -> HttpResponse:
    """The form for both, of an address that was cut off before its code; whether there is such a deal is not said."""
    return _page(request, "ask", deal=search_terms.deal_id(contract_id))


@never_cache
@require_safe
def show(request: HttpRequest, contract_id: str, code: str) -> HttpResponse:
    """What is so now of the deal's money, and that the code is ours; however people write the two."""
    if wait := seconds_to_wait(f"check:{client_address(request)}", rate=settings.CHECKS_PER_MINUTE):
        answer = _page(request, "busy", status=429)
        answer["Retry-After"] = str(wait)
        return answer
    given = proof.given_with(search_terms.deal_id(contract_id), _code(code))
    if given is None or given.contract is None:
        return _unknown(request)
    return _found(request, proof.of(given.contract), _code(code), given.at)


def _code(typed: str) -> str:
    """What was typed as the code has it: no gaps, capitals, and digits where a code has no such letters."""
    return GAPS.sub("", typed[:LONGEST]).upper().translate(NO_LETTERS)


def _found(request: HttpRequest, now: Proof, code: str, given_at: datetime) -> HttpResponse:
    words = WORDS[_language(request)]
    return _page(
        request,
        "found",
        proof=now,
        code=code,
        place=words.places[now.place],
        moment=_moment(now.as_of, words),
        given=_moment(given_at, words),
    )


def _unknown(request: HttpRequest) -> HttpResponse:
    return _page(request, "unknown", status=404)


def _page(request: HttpRequest, what: str, *, status: int = 200, **context: object) -> HttpResponse:
    language = _language(request)
    other = SWAHILI if language == ENGLISH else ENGLISH
    about = {"what": what, "words": WORDS[language], "language": language, "other": other, "home": settings.PUBLIC_URL}
    return render(request, "check.html", about | context, status=status)


def _language(request: HttpRequest) -> str:
    """The one that the address asks for, else the browser's, else our own."""
    first = request.headers.get("Accept-Language", "")[:2].lower()
    asked = (request.GET.get("lang", ""), first, settings.DEFAULT_LANGUAGE)
    return next((language for language in asked if language in WORDS), ENGLISH)


def _moment(at: datetime, words: Words) -> str:
    """`24 Nov 2026, 10:30`, as it is in Nairobi."""
    here = at.astimezone(NAIROBI)
    return f"{here.day} {words.months[here.month - 1]} {here:%Y, %H:%M}"
