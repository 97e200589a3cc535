"""Words that a text needs where the deal or the rail has none of its own in the language of whoever reads it."""

from payments.models import Payment

BUYER, SELLER, PAYER, GOODS = "buyer", "seller", "payer", "goods"
YOU, SEVERAL = "you", "several"
NAMELESS = {
    "en": {BUYER: "buyer", SELLER: "seller", GOODS: "the goods"},
    "sw": {BUYER: "mnunuzi", SELLER: "muuzaji", GOODS: "bidhaa"},
}
BACK_TO = {
    "en": {
        YOU: "to your M-Pesa",
        BUYER: "to the buyer",
        PAYER: "to the payer",
        SEVERAL: "to each who paid",
    },
    "sw": {
        YOU: "kwa M-Pesa yako",
        BUYER: "kwa mnunuzi",
        PAYER: "kwa mlipaji",
        SEVERAL: "kwa kila aliyelipa",
    },
}
FAILURES_SW = {
    "insufficient_funds": "pesa kwenye M-Pesa haitoshi",
    "daily_limit": "kiwango cha leo kimefika",
    "rule_limited": "kiasi hicho kimeombwa muda mfupi uliopita",
    "rail_busy": "mtandao ulikuwa na shughuli nyingi",
    "subscriber_locked": "simu ilikuwa na malipo mengine",
    "expired": "muda wa ombi uliisha",
    "no_response": "ombi halikujibiwa",
    "no_answer": "M-Pesa haikujibu",
    "prompt_not_sent": "ombi halikufika kwenye simu",
    "cancelled": "ombi lilikataliwa",
    "wrong_pin": "PIN si sahihi",
    "pin_locked": "PIN imefungwa",
    "account_inactive": "akaunti ya M-Pesa haifanyi kazi",
}


def nameless(what: str, language: str) -> str:
    """What is called so in the language: `buyer`, `seller` or `goods`, in English where the language is not known."""
    return NAMELESS.get(language, NAMELESS["en"])[what]


def back_to(whom: str, language: str) -> str:
    """Where money goes that goes back, as whoever reads it sees that: `to your M-Pesa`, `to the buyer`."""
    return BACK_TO.get(language, BACK_TO["en"])[whom]


def why_failed(payment: Payment, language: str) -> str:
    """Why the payment failed; in Swahili nothing for what has no words there."""
    return FAILURES_SW.get(payment.failure_code, "") if language == "sw" else payment.failure_reason
