"""Who hears of an event, and when it is told at all: the words that the table of announcements is written in."""

from collections.abc import Callable
from copy import copy
from decimal import Decimal

from django.db.models import Q

from contracts.audit import CLOCK
from contracts.models import Contract, Dispute, Event, Party
from payments.models import Deposit, Proposal, Transfer
from payments.outcomes import DAILY_LIMIT
from voicepact.kernel.clock import NAIROBI

BUYER, SELLER, PAYER = Party.Role.BUYER, Party.Role.SELLER, Party.Role.PAYER
BACK = (Transfer.Kind.REFUND, Transfer.Kind.REVERSAL)
Condition = Callable[[Event], bool]
Hearers = Callable[[Event], list[Party]]


# --- who hears --------------------------------------------------------------------------------------------------------


def parties(event: Event) -> list[Party]:
    return list(event.contract.parties.all()) if event.contract else []


def the(*roles: Party.Role) -> Hearers:
    """The parties in these roles."""

    def hearers(event: Event) -> list[Party]:
        return [party for party in parties(event) if party.role in roles]

    return hearers


def whose_phone(event: Event) -> list[Party]:
    """The party whose phone the event's transfer goes to or comes from."""
    phone = Transfer.objects.values_list("phone", flat=True).get(pk=event.payload["transfer"])
    return [party for party in parties(event) if party.phone == phone]


def all_but_whose_phone(*roles: Party.Role) -> Hearers:
    """The parties in these roles but the one whose phone the event's transfer goes to."""

    def hearers(event: Event) -> list[Party]:
        recipients = whose_phone(event)
        return [party for party in the(*roles)(event) if party not in recipients]

    return hearers


def buyer_and_whoever_pays(event: Event) -> list[Party]:
    """The buyer, and the agreed payer once a prompt was meant for that phone."""
    return [*the(BUYER)(event), *payer_who_pays(event)]


def payer_who_pays(event: Event) -> list[Party]:
    """The agreed payer, once a prompt was meant for that phone."""
    collections = Transfer.objects.filter(
        kind=Transfer.Kind.COLLECTION, payment__transaction_id=event.payload["payment"]
    )
    prompted = set(collections.values_list("phone", flat=True))
    return [party for party in the(PAYER)(event) if party.phone in prompted]


def whoever_paid_by_hand(event: Event) -> list[Party]:
    """The party from whose phone the deposit came; nobody where the rail has not said whose it is."""
    phone = Deposit.objects.values_list("phone", flat=True).get(pk=event.payload["deposit"])
    return [party for party in parties(event) if party.phone == phone]


def concerned(event: Event) -> list[Party]:
    """The party whom the event is about, at the number that counts now."""
    return [party for party in parties(event) if party.role == event.payload["party"]]


def unconcerned(event: Event) -> list[Party]:
    return [party for party in parties(event) if party.role != event.payload["party"]]


def other_trader(event: Event) -> list[Party]:
    """Buyer or seller, whom the event is not about."""
    return [party for party in unconcerned(event) if party.role in (BUYER, SELLER)]


def who_has_to_agree(event: Event) -> list[Party]:
    """Everybody, but not the seller whose own phone opened the deal: that was its word."""
    by_phone = event.actor.startswith("phone:")
    return [party for party in parties(event) if not (by_phone and party.role == SELLER)]


def at_the_new_number(event: Event) -> list[Party]:
    """The party whose number changes, as it will be reached afterwards.

    The event holds a digest only; the number itself is in the proposal that was approved.
    """
    number = str(Proposal.objects.get(pk=event.payload["proposal"]).details["phone"])
    return [_reached_at(number, party) for party in concerned(event)]


def _reached_at(number: str, party: Party) -> Party:
    """The party with another number, to be written to and never to be saved."""
    elsewhere = copy(party)
    elsewhere.phone = number
    return elsewhere


def opener(event: Event) -> list[Party]:
    """The party that opened the dispute; nobody when the clock or staff did."""
    key = Dispute.objects.values_list("opened_by", flat=True).get(pk=event.payload["dispute"])
    return [party for party in the(BUYER, SELLER)(event) if party.pk == key]


def other_side(event: Event) -> list[Party]:
    """Buyer and seller, but not whoever opened the dispute."""
    key = opener(event)
    return [party for party in the(BUYER, SELLER)(event) if party not in key]


# --- when -------------------------------------------------------------------------------------------------------------


def always(event: Event) -> bool:
    return True


def in_part(event: Event) -> bool:
    """Money has moved, and is not the whole yet."""
    payload = event.payload
    return not payload.get("unwanted") and Decimal(payload["so_far"]) < Decimal(payload["total"])


def unwanted(event: Event) -> bool:
    return bool(event.payload.get("unwanted"))


def may_pay_again(event: Event) -> bool:
    return event.contract is not None and event.contract.status == Contract.Status.CONFIRMED


def with_fees(event: Event) -> bool:
    """A party bears fees, so that the buyer pays more than the seller gets."""
    return event.contract is not None and event.contract.buyer_pays != event.contract.seller_gets


def without_fees(event: Event) -> bool:
    return not with_fees(event)


def before(*kinds: str) -> Condition:
    """None of these events had happened to the deal when this one did."""

    def condition(event: Event) -> bool:
        return not Event.objects.filter(chain=event.chain, serial__lt=event.serial, kind__in=kinds).exists()

    return condition


def after(*kinds: str) -> Condition:
    """One of these events had happened to the deal when this one did."""
    return lambda event: not before(*kinds)(event)


def called_off(event: Event) -> bool:
    """The deal was cancelled by somebody's word, and not by staff, of whose decision everybody has heard."""
    return not run_out(event) and before("refund.decided")(event)


def run_out(event: Event) -> bool:
    """It happened because time ran out."""
    return event.actor == CLOCK.id


def says(name: str, *words: str) -> Condition:
    """The event's payload has one of these words under this name."""

    def condition(event: Event) -> bool:
        return event.payload[name] in words

    return condition


def goes_on(said: str, *, already: bool) -> Condition:
    """The dispute was not the end of the deal, and this word about the delivery was said already, or not yet."""

    def condition(event: Event) -> bool:
        return event.payload["how"] != Dispute.Outcome.CANCELLED and before(said)(event) != already

    return condition


def because_of(*codes: str) -> Condition:
    """The event gives one of these codes as its reason."""
    return lambda event: event.payload["code"] in codes


def for_another_reason_than(*codes: str) -> Condition:
    return lambda event: event.payload["code"] not in codes


def more_goes_back(event: Event) -> bool:
    """When this part had gone back, another was still on its way."""
    others = Transfer.objects.filter(payment__transaction_id=event.payload["payment"], kind__in=BACK)
    open_then = Q(finished_at=None) | Q(finished_at__gt=event.at)
    return others.filter(open_then, created_at__lte=event.at).exclude(pk=event.payload["transfer"]).exists()


def a_part_was_to_go_back(event: Event) -> bool:
    """The last of what people decided to give back is there, and the payment goes on."""
    return _given_back(event) and not _is_split(event)


def a_share_was_to_go_back(event: Event) -> bool:
    """The buyer's share of a split is there; of the other the seller is told, and everybody is when that is paid."""
    return _given_back(event) and _is_split(event)


def _given_back(event: Event) -> bool:
    return _went_back_alone(event) and not _gives_back_a_collection(event)


def _is_split(event: Event) -> bool:
    return Dispute.objects.filter(contract=event.contract, outcome=Dispute.Outcome.SPLIT).exists()


def nobody_wanted_it(event: Event) -> bool:
    """A collection has gone back, and the payment goes on without it or had ended before."""
    return _went_back_alone(event) and _gives_back_a_collection(event)


def _went_back_alone(event: Event) -> bool:
    refunded = Event.objects.filter(chain=event.chain, serial__gt=event.serial, kind="payment.refunded")
    return not more_goes_back(event) and not refunded.filter(payload__payment=event.payload["payment"]).exists()


def _gives_back_a_collection(event: Event) -> bool:
    return Transfer.objects.filter(pk=event.payload["transfer"], original__isnull=False).exists()


def kept(event: Event) -> bool:
    """The collection counts for its payment, and does not go back."""
    return Transfer.objects.filter(pk=event.payload["transfer"], return_reason="").exists()


def limit_of_the_day(event: Event) -> bool:
    """The payer's limit of the day stopped a prompt, for the first time today, and the payment goes on tomorrow."""
    if event.payload["kind"] != Transfer.Kind.COLLECTION or event.payload["code"] != DAILY_LIMIT:
        return False
    chain = Event.objects.filter(chain=event.chain)
    day = event.at.astimezone(NAIROBI).replace(hour=0, minute=0, second=0, microsecond=0)
    today = chain.filter(kind=event.kind, at__gte=day, serial__lt=event.serial, payload__code=DAILY_LIMIT)
    over = chain.filter(kind="payment.failed", serial__gt=event.serial, payload__code=DAILY_LIMIT)
    return not today.exists() and not over.exists()
