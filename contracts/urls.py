from django.urls import path

from contracts import dispute_views, views

urlpatterns = [
    path("contracts", views.ContractsView.as_view(), name="contracts"),
    path("contracts/<str:contract_id>", views.ContractView.as_view(), name="contract"),
    path("contracts/<str:contract_id>/events", views.ContractEventsView.as_view(), name="contract-events"),
    path("disputes", dispute_views.DisputesView.as_view(), name="disputes"),
    path("disputes/<int:dispute_id>", dispute_views.DisputeView.as_view(), name="dispute"),
    path("disputes/<int:dispute_id>/evidence", dispute_views.EvidenceView.as_view(), name="dispute-evidence"),
    path(
        "disputes/<int:dispute_id>/evidence/<int:evidence_id>/file",
        dispute_views.EvidenceFileView.as_view(),
        name="dispute-evidence-file",
    ),
    path("disputes/<int:dispute_id>/withdraw", dispute_views.WithdrawView.as_view(), name="dispute-withdraw"),
]
