from django.urls import path

from notifications import intake
from notifications.ussd import door

urlpatterns = [
    path("sms/inbound/<str:secret>", intake.inbound, name="sms-inbound"),
    path("sms/delivery/<str:secret>", intake.delivery, name="sms-delivery"),
    path("ussd/events/<str:secret>", door.event, name="ussd-event"),
    path("ussd/<str:secret>", door.turn, name="ussd"),
]
