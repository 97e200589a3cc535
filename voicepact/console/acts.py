"""Who did it, from where and why: kept beside the event that an act of staff makes, which holds no words of people."""

from django.db import models
from django.http import HttpRequest

from contracts.models import Event
from voicepact.console.models import DeskAct
from voicepact.kernel.http import client_address
from voicepact.kernel.models import User


def note(
    request: HttpRequest, act: str, subject: models.Model | None, *, reason: str = "", event: Event | None = None
) -> DeskAct:
    """The act is written down for good, with the address from which the request came.

    `act` is the kind of the event that the act made. Best in the transaction in which the act becomes true; an act
    that calls a rail, which no transaction may wait for, is noted as soon as it has come back.
    """
    user = request.user
    assert isinstance(user, User), "only staff who have signed in act at the desk"
    return DeskAct.objects.create(
        user=user,
        address=client_address(request),
        act=act,
        subject=subject_of(subject) if subject else "",
        reason=reason,
        event=event,
    )


def subject_of(row: models.Model) -> str:
    """The row as `transfer:3f0c…`."""
    return f"{row._meta.model_name}:{row.pk}"
