from django.urls import path

from payments import intake, views

urlpatterns = [
    path("contracts/<str:contract_id>/cancel", views.CancelView.as_view(), name="contract-cancel"),
    path("contracts/<str:contract_id>/proof", views.ProofView.as_view(), name="contract-proof"),
    path("payments/checkout", views.CheckoutView.as_view(), name="checkout"),
    path("payments/status/<str:transaction_id>", views.StatusView.as_view(), name="payment-status"),
    path("payments/release", views.ReleaseView.as_view(), name="release"),
    path("payments/refund", views.RefundView.as_view(), name="refund"),
    path("payments/history/<str:contract_id>", views.HistoryView.as_view(), name="payment-history"),
    path("payments/fees", views.FeesView.as_view(), name="fees"),
    path("payments/balance", views.BalanceView.as_view(), name="balance"),
    path("payments/webhook", intake.notification, name="webhook"),
    path("payments/callbacks/<str:gateway>/<str:kind>/<str:token>", intake.callback, name="callback"),
]
