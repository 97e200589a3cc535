"""What every page of the desk needs: who may open it, the row that it is about, and the way back to that row's page."""

from typing import Any, TypeVar

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from voicepact.kernel.display import address_of, list_address
from voicepact.kernel.models import User
from voicepact.kernel.site import site

M = TypeVar("M", bound=models.Model)


def allowed(request: HttpRequest, *permissions: str) -> User:
    """The member of staff, who has one of the permissions. Raises PermissionDenied."""
    if not isinstance(request.user, User) or not any(map(request.user.has_perm, permissions)):
        raise PermissionDenied
    return request.user


def found(model: type[M], key: str) -> M:
    """The row with this key as an address has it. Raises Http404."""
    try:
        return model._default_manager.get(pk=model._meta.pk.to_python(key))
    except (ObjectDoesNotExist, ValidationError, ValueError) as error:
        raise Http404 from error


def to_page(row: models.Model) -> HttpResponseRedirect:
    return redirect(address_of(row))


def list_of(model: type[models.Model]) -> str:
    return list_address(model._meta.label)


def page(request: HttpRequest, name: str, row: models.Model, **context: Any) -> HttpResponse:
    return render(request, name, {**context, "opts": row._meta, "original": row, "back": address_of(row)})


def render(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    return TemplateResponse(request, f"admin/desk/{name}.html", {**site.each_context(request), **context})
