from django.urls import path

from voicepact.simulator.views import africastalking, c2b, control, daraja, page, skin, wallet

urlpatterns = [
    path("", page.page),
    path("page/<str:name>", page.file),
    path("live", page.live),
    path("phones", page.recent_phones),
    path("healthz", control.healthz),
    path("phones/<str:msisdn>", control.phone),
    path("phones/<str:msisdn>/prompts/<str:prompt_id>", control.prompt),
    path("phones/<str:msisdn>/sms", control.sms),
    path("phones/<str:msisdn>/paybill", control.paybill),
    path("phones/<str:msisdn>/ussd", control.ussd),
    path("faults", control.faults),
    path("statement", control.statement),
    path("clock", control.clock),
    path("reset", control.reset),
    path("oauth/v1/generate", daraja.token),
    path("mpesa/stkpush/v1/processrequest", daraja.push),
    path("mpesa/stkpushquery/v1/query", daraja.query),
    path("mpesa/b2c/v3/paymentrequest", daraja.payout),
    path("mpesa/reversal/v1/request", daraja.reversal),
    path("mpesa/transactionstatus/v1/query", daraja.status),
    path("mpesa/accountbalance/v1/query", daraja.balance),
    path("mpesa/c2b/v2/registerurl", c2b.register_urls),
    path("mpesa/c2b/v2/simulate", c2b.simulate),
    path("pulltransactions/v1/register", c2b.register_pull),
    path("pulltransactions/v1/query", c2b.pull),
    path("version1/messaging", africastalking.messaging),
    path("mobile/checkout/request", wallet.checkout),
    path("mobile/b2c/request", wallet.b2c),
    path("query/transaction/find", wallet.find),
    path("query/wallet/balance", wallet.balance),
]

handler400 = skin.bad_request
handler404 = skin.not_found
handler500 = skin.server_error
