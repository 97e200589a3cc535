"""The search of a list, posted and sealed: whose number or name staff typed stands in no address.

An address goes into the history of a browser and into the logs of proxies. So the term is posted, and the list's
address then holds it encrypted: its pages, its filters, its export and the way back work as ever. Links of our own,
which hold an id (`?q=TXN-…`), stay readable.
"""

from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import PAGE_VAR, SEARCH_VAR
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from unfold.admin import ModelAdmin
from unfold.views import ChangeList

from voicepact.kernel.crypto import get_crypto_service
from voicepact.kernel.search_terms import LONGEST

SEAL = "sealed."
NOT_OF_THE_ADDRESS = (SEARCH_VAR, PAGE_VAR, "csrfmiddlewaretoken")


class Unreadable(ValueError):
    """The term was sealed for somebody else, or with a key that is no more."""


def sealed(term: str, *, reader: Any) -> str:
    """The term as it may stand in an address: only `reader`, a member of staff, can have it opened again.

    It is without U+0000, which no text of the database holds: Django looks for that in an address only.
    """
    kept = term.replace("\0", "").strip()[: LONGEST + 1]  # beyond the longest nothing is found anyway
    return SEAL + _cipher(reader).encrypt(kept.encode(errors="replace")).decode() if kept else ""


def unsealed(word: str, *, reader: Any) -> str:
    """What was typed; a word that is not sealed is itself. Raises Unreadable."""
    if not word.startswith(SEAL):
        return word
    try:
        return _cipher(reader).decrypt(word.removeprefix(SEAL).encode(errors="replace")).decode()
    except InvalidToken as error:
        raise Unreadable from error


def _cipher(reader: Any) -> Fernet:
    return get_crypto_service().cipher(f"search of {reader.pk}")


class PlainList(ChangeList):  # type: ignore[misc]
    """A list that looks for what was typed, and shows it in its box, while its address keeps the sealed term."""

    query: str

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> "QuerySet[Any]":
        try:
            self.query = unsealed(self.query, reader=request.user)
        except Unreadable as error:
            words = "This search is not readable for you. Type it again."
            messages.warning(request, words, fail_silently=True)
            raise IncorrectLookupParameters(words) from error
        rows: QuerySet[Any] = super().get_queryset(request, exclude_parameters)
        return rows


class PostedSearch(ModelAdmin):  # type: ignore[misc]
    """A list whose search is posted (templates/admin/search_form.html)."""

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return PlainList

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if SEARCH_VAR in request.POST:
            return _to_sealed(request)
        answer: HttpResponse = super().changelist_view(request, extra_context)
        return answer


def _to_sealed(request: HttpRequest) -> HttpResponse:
    """Leads to the first page of the same list, with its filters and the term sealed."""
    term = sealed(request.POST.get(SEARCH_VAR, ""), reader=request.user)
    kept = request.POST.copy()
    for name in NOT_OF_THE_ADDRESS:
        kept.pop(name, None)
    if term:
        kept[SEARCH_VAR] = term
    return redirect(f"{request.path}?{kept.urlencode()}" if kept else request.path)
