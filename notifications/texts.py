"""What a message says: the templates under `templates/sms/<language>/`, filled."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.template import Context, Engine

from contracts import contact, openings
from contracts.models import Contract, Party
from notifications import quantities
from notifications.gsm import ONE_SMS, cut
from notifications.phrases import BUYER, GOODS, PAYER, SELLER, SEVERAL, YOU, back_to, nameless
from payments import prompts
from payments.models import Transfer
from voicepact.kernel import phones
from voicepact.kernel.clock import NAIROBI, now
from voicepact.kernel.money import Money, grouped
from voicepact.kernel.rails import RAILS

NAME_LENGTHS = (24, 18, 15, 12, 10, 8, 6)
FALLBACK = "en"
DIRECTORY = settings.BASE_DIR / "templates" / "sms"
ENGINE = Engine(dirs=[str(DIRECTORY)])


class Name(str):
    """What somebody has called people, goods or a unit: a text cuts it as far as it has to, and nothing else."""

    __slots__ = ()


def render(name: str, *, language: str, **context: Any) -> str:
    """The text `name` in the language, or in English where the language has none; its names leave it one SMS."""
    template = ENGINE.select_template([f"{language}/{name}.txt", f"{FALLBACK}/{name}.txt"])
    for longest in NAME_LENGTHS:
        cut_to_fit = {key: cut(value, longest) if isinstance(value, Name) else value for key, value in context.items()}
        text: str = template.render(Context(cut_to_fit, autoescape=False)).strip()
        if len(text) <= ONE_SMS:
            break
    return text


def about(contract: Contract, *, language: str, reader: Party | None = None) -> dict[str, Any]:
    """What texts in the language may say of a contract, to this party. Names may be cut, never amounts or ids."""
    product = quantities.terms(contract).get("product")
    quantity = quantities.agreed(contract)
    return {
        "deal": contract.pk,
        "amount": contract.money,
        "buyer_pays": contract.buyer_pays,
        "seller_gets": contract.seller_gets,
        "seller_gets_bare": grouped(contract.seller_gets.amount),
        "amount_with_cents": contract.buyer_pays.with_cents(),
        "buyer": Name(called(contract.buyer, BUYER, language)),
        "seller": Name(called(contract.seller, SELLER, language)),
        "product": Name(product if isinstance(product, str) and product else nameless(GOODS, language)),
        "quantity": quantities.told(quantity) if quantity else "",
        "unit": Name(quantities.unit(contract)),
        "role": reader.role if reader else "",
        "came_in": _collected(contract).exists(),
        "checking": Transfer.objects.collections().doubted().filter(payment__contract=contract).exists(),
        "back_to": back_to(_whoever_paid(contract, reader), language),
        "pay_bill": _pay_bill(contract),
        "reference": contract.payment_reference,
    }


def _collected(contract: Contract) -> "QuerySet[Transfer]":
    return Transfer.objects.collections().succeeded().filter(payment__contract=contract)


def _pay_bill(contract: Contract) -> str:
    """Where the deal can be paid in one sum without a prompt; empty where its rail has no such place."""
    rail = RAILS[contract.gateway]
    return settings.DARAJA_SHORTCODE if rail.by_hand and contract.buyer_pays.amount <= rail.per_transfer else ""


def _whoever_paid(contract: Contract, reader: Party | None) -> str:
    """From whom the deal's money came, or is to come, as the reader sees it."""
    came_from = set(_collected(contract).values_list("phone", flat=True))
    numbers = {contact.payers_phone(contract, phone) for phone in came_from}
    if len(numbers) > 1:
        return SEVERAL
    phone = numbers.pop() if numbers else contract.buyer.phone
    if reader and reader.phone == phone:
        return YOU
    return BUYER if phone == contract.buyer.phone else PAYER


def called(party: Party, what: str, language: str) -> str:
    """What people know the party by: its name, or what it is called in the language where nobody wrote one.

    Who opened a deal by phone named the other by number, and is known by its own to it.
    """
    if party.name:
        return party.name
    return phones.local(party.phone) if openings.is_by_phone(party.contract) else nameless(what, language)


def prompt_at(contract: Contract) -> str:
    """When the M-Pesa prompt that is still to come will; empty where none is, or one is on its way."""
    prompt = prompts.open_for(contract)
    comes = prompts.comes_at(prompt) if prompt else now()
    return moment(comes) if comes > now() else ""


def money(amount: int | str, currency: str) -> Money:
    """An amount of an event's payload."""
    return Money(Decimal(amount), currency)


def moment(at: datetime) -> str:
    """A point in time as people in Nairobi read it: `24 Nov 10:30`."""
    return f"{at.astimezone(NAIROBI):%-d %b %H:%M}"
