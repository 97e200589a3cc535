from django.urls import path

from contracts import views

urlpatterns = [
    path("contracts", views.ContractsView.as_view(), name="contracts"),
    path("contracts/<str:contract_id>", views.ContractView.as_view(), name="contract"),
    path("contracts/<str:contract_id>/events", views.ContractEventsView.as_view(), name="contract-events"),
]
