from django.urls import path

from notifications import intake

urlpatterns = [
    path("sms/inbound/<str:secret>", intake.inbound, name="sms-inbound"),
    path("sms/delivery/<str:secret>", intake.delivery, name="sms-delivery"),
]
