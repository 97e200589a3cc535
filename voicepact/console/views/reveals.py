"""Something veiled elsewhere, such as a number, shown once to whoever says why, and written down."""

from django.db import models
from django.http import Http404, HttpRequest, HttpResponse

from voicepact.console.forms.reveals import RevealForm
from voicepact.console.reveals import SIGHTS, Sight, reveal
from voicepact.console.views.pages import allowed, found, page


def show(request: HttpRequest, name: str, kind: str, key: str) -> HttpResponse:
    """Asks why, and then shows it, on a page that nobody keeps."""
    model, sight = _sight(name, kind)
    allowed(request, sight.right)
    allowed(request, f"{model._meta.app_label}.view_{model._meta.model_name}")
    row = found(model, key)
    form = RevealForm(request.POST or None)
    if not form.is_valid():
        return page(request, "reveal", row, title=sight.act, form=form)
    reveal(request, row, shown=sight.name, reason=form.cleaned_data["reason"])
    return page(request, "revealed", row, title=str(row), secrets=sight.secrets(row))


def _sight(name: str, kind: str) -> tuple[type[models.Model], Sight]:
    """The model whose word is `kind`, and what of its rows is called `name`. Raises Http404."""
    for model, sights in SIGHTS.items():
        for sight in sights:
            if (model._meta.model_name, sight.name) == (kind, name):
                return model, sight
    raise Http404
