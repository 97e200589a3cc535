"""SMS in both directions, with what staff may see and do about each."""

from collections.abc import Iterable

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from unfold.enums import ActionVariant

from notifications import answering, resending
from notifications.admin import DeliveryReportAdmin, InboundMessageAdmin, MessageAdmin
from notifications.errors import NotSentAgain, NotWaiting
from notifications.models import DeliveryReport, InboundMessage, Message
from voicepact.console.admin.people import Revealing
from voicepact.console.conversation import deals_of, with_phone
from voicepact.console.rights import ANSWER, RESEND
from voicepact.kernel.site import site
from voicepact.kernel.staff import Act, Table

for model in (Message, InboundMessage, DeliveryReport):
    site.unregister(model)


@admin.register(Message, site=site)
class MessageDesk(Revealing, MessageAdmin):
    def acts(self, request: HttpRequest, row: Message) -> Iterable[Act]:
        yield from super().acts(request, row)
        if request.user.has_perm(RESEND) and _may_be_sent_again(row):
            yield Act("Send again", reverse("desk:resend", args=[row.pk]), "forward_to_inbox")


@admin.register(InboundMessage, site=site)
class InboundMessageDesk(Revealing, InboundMessageAdmin):
    def acts(self, request: HttpRequest, row: InboundMessage) -> Iterable[Act]:
        yield from super().acts(request, row)
        if request.user.has_perm(ANSWER) and _may_be_answered(row):
            yield Act("Needs no answer", reverse("desk:close", args=[row.pk]), "done_all")
            yield Act("Answer", reverse("desk:answer", args=[row.pk]), "reply", ActionVariant.PRIMARY)

    def tables(self, row: InboundMessage) -> Iterable[Table]:
        return [deals_of(row.phone), with_phone(row.phone), *super().tables(row)]


@admin.register(DeliveryReport, site=site)
class DeliveryReportDesk(Revealing, DeliveryReportAdmin):
    pass


def _may_be_sent_again(message: Message) -> bool:
    try:
        resending.check(message)
    except NotSentAgain:
        return False
    return True


def _may_be_answered(inbound: InboundMessage) -> bool:
    try:
        answering.check(inbound)
    except NotWaiting:
        return False
    return True
