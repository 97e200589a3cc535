"""SMS in both directions, with what staff may see and do about each."""

from django.contrib import admin

from notifications.admin import DeliveryReportAdmin, InboundMessageAdmin, MessageAdmin
from notifications.models import DeliveryReport, InboundMessage, Message
from voicepact.console.admin.people import Revealing
from voicepact.kernel.site import site

for model in (Message, InboundMessage, DeliveryReport):
    site.unregister(model)


@admin.register(Message, site=site)
class MessageDesk(Revealing, MessageAdmin):
    pass


@admin.register(InboundMessage, site=site)
class InboundMessageDesk(Revealing, InboundMessageAdmin):
    pass


@admin.register(DeliveryReport, site=site)
class DeliveryReportDesk(Revealing, DeliveryReportAdmin):
    pass
