"""SMS in both directions, with what staff may see and do about each."""

from collections.abc import Iterable

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from unfold.enums import ActionVariant

from notifications import answering, resending
from notifications.admin import DeliveryReportAdmin, InboundMessageAdmin, MessageAdmin
from notifications.models import DeliveryReport, InboundMessage, Message
from voicepact.console import bulk
from voicepact.console.admin import proofs
from voicepact.console.admin.revealing import Revealing
from voicepact.console.conversation import deals_of, with_phone
from voicepact.console.rights import ANSWER, RESEND
from voicepact.kernel.site import site
from voicepact.kernel.staff import Act, BulkAct, Table

for model in (Message, InboundMessage, DeliveryReport):
    site.unregister(model)


@admin.register(Message, site=site)
class MessageDesk(Revealing, MessageAdmin):
    def acts(self, request: HttpRequest, row: Message) -> Iterable[Act]:
        yield from super().acts(request, row)
        if request.user.has_perm(RESEND):
            address, about = reverse("desk:resend", args=[row.pk]), bulk.BULK["resend"].does
            yield Act("Send again", address, "forward_to_inbox", about=about, refusal=resending.why_not(row))

    def bulk_acts(self, request: HttpRequest) -> Iterable[BulkAct]:
        return bulk.offered(request, "resend")


@admin.register(InboundMessage, site=site)
class InboundMessageDesk(Revealing, InboundMessageAdmin):
    def acts(self, request: HttpRequest, row: InboundMessage) -> Iterable[Act]:
        yield from super().acts(request, row)
        yield from proofs.ways_out(request, row.phone)
        if request.user.has_perm(ANSWER):
            refusal, key = answering.why_not(row), row.pk
            answer, close = reverse("desk:answer", args=[key]), reverse("desk:close", args=[key])
            yield Act("Answer", answer, "reply", ActionVariant.PRIMARY, "You write, and read it once more.", refusal)
            yield Act("Needs no answer", close, "done_all", about="It waits for nobody any more.", refusal=refusal)

    def tables(self, row: InboundMessage) -> Iterable[Table]:
        return [deals_of(row.phone), with_phone(row.phone), *super().tables(row)]


@admin.register(DeliveryReport, site=site)
class DeliveryReportDesk(Revealing, DeliveryReportAdmin):
    pass
