"""What support says to people by SMS: once more what was said before, or an answer to what they wrote."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from notifications import answering, resending
from notifications.gsm import ONE_SMS, TWO_SMS
from notifications.models import InboundMessage, Message
from payments.approvals import staff_actor
from voicepact.console.acts import note
from voicepact.console.conversation import deals_of, with_phone
from voicepact.console.forms.messages import AnswerForm, CloseForm, ResendForm
from voicepact.console.rights import ANSWER, RESEND
from voicepact.console.views.pages import allowed, found, page, to_page
from voicepact.kernel.display import veiled
from voicepact.kernel.errors import Refusal


def resend(request: HttpRequest, key: str) -> HttpResponse:
    """The same words go out once more."""
    user = allowed(request, RESEND)
    message = found(Message, key)
    form = ResendForm(request.POST or None)
    if form.is_valid():
        try:
            with transaction.atomic():
                again = resending.resend(message.pk, actor=staff_actor(user))
                note(request, "message.resent", message, reason=form.cleaned_data["reason"])
        except Refusal as refusal:
            form.add_error(None, refusal.detail)
        else:
            messages.success(request, "It is queued, and leaves within seconds.")
            return to_page(again)
    return page(request, "resend", message, title="Send again", form=form, text=veiled(message.text))


def answer(request: HttpRequest, key: str) -> HttpResponse:
    """Staff write back, knowing what was said before."""
    user = allowed(request, ANSWER)
    inbound = found(InboundMessage, key)
    form = AnswerForm(request.POST or None)
    if form.is_valid():
        try:
            with transaction.atomic():
                answering.answer(inbound.pk, by=user, text=form.cleaned_data["text"])
                note(request, "message.answered", inbound)
        except Refusal as refusal:
            form.add_error(None, refusal.detail)
        else:
            messages.success(request, "Your answer is queued, and leaves within seconds.")
            return to_page(inbound)
    return _about(request, "answer", inbound, title="Answer", form=form, one=ONE_SMS, two=TWO_SMS)


def close(request: HttpRequest, key: str) -> HttpResponse:
    """Nobody is told anything; the SMS waits no longer."""
    user = allowed(request, ANSWER)
    inbound = found(InboundMessage, key)
    form = CloseForm(request.POST or None)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            with transaction.atomic():
                answering.close(inbound.pk, by=user, reason=reason)
                note(request, "message.closed", inbound, reason=reason)
        except Refusal as refusal:
            form.add_error(None, refusal.detail)
        else:
            messages.success(request, "Closed. Nobody was told anything.")
            return to_page(inbound)
    return _about(request, "close", inbound, title="Needs no answer", form=form)


def _about(request: HttpRequest, name: str, inbound: InboundMessage, **context: object) -> HttpResponse:
    tables = [deals_of(inbound.phone), with_phone(inbound.phone)]
    return page(request, name, inbound, **context, text=veiled(inbound.text), tables=tables)
