"""By what staff sift the lists about money and about what waits for them."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest

from payments.models import Deposit, Proposal, Transfer
from payments.position import owed_payments
from voicepact.kernel.staff import FixedFilter

UNKNOWN = Q(status=Transfer.Status.UNKNOWN)
QUARANTINED = Q(quarantined_at__isnull=False)
OWED = Q(pk__in=Transfer.objects.owed().order_by().values("pk"))


class Attention(FixedFilter):
    title = "attention"
    parameter_name = "attention"
    options = {
        "person": ("Waits for a person", UNKNOWN | QUARANTINED | OWED),
        "unknown": ("Unknown: perhaps it moved", UNKNOWN),
        "quarantined": ("Quarantined: it does not match", QUARANTINED),
        "owed": ("Owed: the rail refused it for good", OWED),
        "open": ("Open: its end is not known yet", Q(status__in=Transfer.OPEN)),
        "unconfirmed": (
            "Not yet confirmed by the rail",
            Q(kind=Transfer.Kind.COLLECTION, status=Transfer.Status.SUCCEEDED, rail_confirmed_at=None),
        ),
    }


class Worked(FixedFilter):
    title = "state"
    parameter_name = "state"
    options = {
        "waiting": ("Waiting", Q(worked_at=None)),
        "worked": ("Worked", Q(worked_at__isnull=False)),
        "quarantined": ("Quarantined", Q(result__startswith="quarantined")),
        "unsettled": (
            "Quarantined, and not settled since",
            Q(result__startswith="quarantined") & (Q(transfer=None) | Q(transfer__quarantined_at__isnull=False)),
        ),
    }


class PaymentAttention(FixedFilter):
    title = "attention"
    parameter_name = "attention"
    options = {"owed": ("The deal is over, and money is still held", Q(pk__in=owed_payments().values("pk")))}


GOES_BACK = Exists(Transfer.objects.filter(deposit=OuterRef("pk")).exclude(status=Transfer.Status.FAILED))


class DepositAttention(FixedFilter):
    title = "attention"
    parameter_name = "attention"
    options = {"person": ("In suspense: waits for people", Q(status=Deposit.Status.SUSPENSE) & ~Q(GOES_BACK))}


class Account(FixedFilter):
    title = "account"
    parameter_name = "account"
    options = {
        "outside": ("Outside: money came in or left", Q(source="outside") | Q(destination="outside")),
        "suspense": ("Suspense: money that nobody expected", Q(source="suspense") | Q(destination="suspense")),
        "fees": ("Fees", Q(source="fees") | Q(destination="fees")),
    }


class BalanceKind(FixedFilter):
    """Where nothing lies nobody looks, unless they ask for it."""

    title = "account"
    parameter_name = "kind"
    default = Q(amount__gt=0)
    all_words = "Where something lies"
    options = {
        "held": ("Held in escrow", Q(account__startswith="held:", amount__gt=0)),
        "in_transit": ("On its way", Q(account__startswith="in_transit:", amount__gt=0)),
        "empty": ("Empty", Q(amount=0)),
        "all": ("All, empty ones too", Q()),
    }


class ProposalState(FixedFilter):
    title = "state"
    parameter_name = "state"
    options = {
        "open": ("Waits for a second person", Q(status=Proposal.Status.PROPOSED)),
        "decided": ("Decided or expired", ~Q(status=Proposal.Status.PROPOSED)),
    }


class Proposer(FixedFilter):
    """By who proposed it: nobody approves their own."""

    title = "proposed by"
    parameter_name = "by"
    options = {"others": ("Others: for you to decide", Q()), "me": ("Yourself", Q())}

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        own = Q(proposed_by=request.user.pk)
        return {"me": queryset.filter(own), "others": queryset.exclude(own)}.get(self.value() or "", queryset)


class Standing(FixedFilter):
    title = "state"
    parameter_name = "state"
    options = {"stands": ("Stands", Q(lifted_at=None)), "lifted": ("Lifted", Q(lifted_at__isnull=False))}
