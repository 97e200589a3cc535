"""By what staff sift the lists about money and about what waits for them."""

from django.db.models import Q

from payments.models import Proposal, Transfer
from voicepact.kernel.staff import FixedFilter


class Attention(FixedFilter):
    title = "attention"
    parameter_name = "attention"
    options = {
        "quarantined": ("Quarantined: waits for a person", Q(quarantined_at__isnull=False)),
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
    }


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


class Standing(FixedFilter):
    title = "state"
    parameter_name = "state"
    options = {"stands": ("Stands", Q(lifted_at=None)), "lifted": ("Lifted", Q(lifted_at__isnull=False))}
