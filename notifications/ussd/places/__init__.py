"""Every place in the menus: what it shows, and what it makes of an answer that is no choice."""

from notifications.ussd.places import acts, deal, delivery, home, money, proving, selling
from notifications.ussd.visits import Place, Question

PLACES: dict[str, Place] = {
    "home": home.home,
    "resume": home.resume,
    "continue": home.go_on,
    "language": home.other_language,
    "help": home.help_,
    "deals": home.mine,
    "deal": deal.deal,
    "payment": money.payment,
    "money": money.money,
    "sure": acts.sure,
    "act": acts.act,
    "reasons": acts.reasons,
    "words": acts.words,
    "delivery": delivery.delivery,
    "short": delivery.short,
    "short_sure": delivery.short_sure,
    "pin": proving.pin,
    "pin_forgotten": proving.forgotten,
    "pin_send": proving.send,
    "pin_code": proving.code,
    "pin_new": proving.new,
    "pin_again": proving.again,
    "sell": selling.buyer,
    "sell_goods": selling.goods,
    "sell_quantity": selling.quantity,
    "sell_price": selling.price,
    "sell_day": selling.day,
    "sell_sure": selling.sure,
    "sell_open": selling.open_,
}
OBEYING = ("act", "sell_open")
"""The places at which a word is obeyed: a key leads there only from a screen that was seen."""
QUESTIONS: dict[str, Question] = {
    "words": acts.words_said,
    "short": delivery.short_said,
    "pin": proving.pin_said,
    "pin_code": proving.code_said,
    "pin_new": proving.new_said,
    "pin_again": proving.again_said,
    "sell": selling.buyer_said,
    "sell_goods": selling.goods_said,
    "sell_quantity": selling.quantity_said,
    "sell_price": selling.price_said,
    "sell_day": selling.day_said,
}
