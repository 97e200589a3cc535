"""The button behind which something veiled is shown to those with the right, on the pages of all rows that have it."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from voicepact.console.reveals import SIGHTS
from voicepact.kernel.staff import Act, ReadOnlyAdmin


class Revealing(ReadOnlyAdmin):
    """Rows of which something is veiled, with buttons to see it for those with the right."""

    def acts(self, request: HttpRequest, row: Any) -> Iterable[Act]:
        yield from super().acts(request, row)
        for sight in SIGHTS[type(row)]:
            if request.user.has_perm(sight.right):
                address = reverse("desk:show", args=[sight.name, row._meta.model_name, row.pk])
                yield Act(sight.act, address, sight.icon)
