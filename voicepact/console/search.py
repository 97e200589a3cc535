"""One box finds a deal by whatever somebody at the phone can read out: its id, a payment's, a receipt's, a number."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from django.db.models import Model, QuerySet

from contracts.models import Contract, Party
from payments.models import Deposit, Payment, Transfer
from voicepact.kernel.phones import mask
from voicepact.kernel.rails import RAILS
from voicepact.kernel.search_terms import Term, read

MOST = 50
"""So many deals are shown of one phone, the newest."""


@dataclass(frozen=True, slots=True)
class Deal:
    """A deal that was found, and in which role the phone that was looked for takes part in it."""

    contract: Contract
    role: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search has found: deals, newest first, or the row of money that belongs to none.

    `by` says what of them was looked for, `more` that there are others beside these.
    """

    by: str = ""
    deals: tuple[Deal, ...] = ()
    alone: Model | None = None
    more: bool = False
    phone: str = field(default="", repr=False)

    @property
    def only(self) -> Model | None:
        """The one row whose page answers the search."""
        return self.deals[0].contract if len(self.deals) == 1 and not self.more else self.alone

    @property
    def whose(self) -> str:
        """The number that was looked for, which nobody can read."""
        return mask(self.phone)


def find(text: str) -> Found:
    """The deals that `text` stands for, by the first kind of id that it is; a few queries, each by an index."""
    term = read(text)
    for by, look in KINDS if term else ():
        if found := look(term):
            return replace(found, by=by)
    return Found()


def _by_contract(term: Term) -> Found | None:
    return _deals(Contract.objects.filter(pk__in=term.codes))


def _by_transaction(term: Term) -> Found | None:
    return _of_payments(Payment.objects.filter(transaction_id__in=term.codes))


def _by_reference(term: Term) -> Found | None:
    return _deals(Contract.objects.filter(payment_reference__in=term.codes))


def _by_receipt(term: Term) -> Found | None:
    return _of_transfer(Transfer.objects.filter(receipt_number__in=term.codes))


def _by_hand(term: Term) -> Found | None:
    """Money that somebody paid by hand: its deal once it belongs to one."""
    deposit = Deposit.objects.filter(gateway__in=RAILS, receipt_number__in=term.codes).order_by().first()
    if deposit is None:
        return None
    return _of_payments(Payment.objects.filter(transfers__deposit=deposit)) or Found(alone=deposit)


def _by_rail(term: Term) -> Found | None:
    return _of_transfer(Transfer.objects.filter(external_id__in=term.codes))


def _by_our_id(term: Term) -> Found | None:
    return _of_transfer(Transfer.objects.filter(originator_conversation_id__in=term.codes))


def _by_transfer(term: Term) -> Found | None:
    return _of_transfer(Transfer.objects.filter(pk=term.uuid)) if term.uuid else None


def _by_phone(term: Term) -> Found | None:
    if not term.phone:
        return None
    newest = Party.objects.filter(phone=term.phone).order_by("-pk").select_related("contract")[: MOST + 1]
    parties = list(newest.prefetch_related("contract__parties"))
    deals = tuple(Deal(party.contract, party.get_role_display()) for party in parties[:MOST])
    return Found(deals=deals, more=len(parties) > MOST, phone=term.phone) if deals else None


def _of_transfer(transfers: "QuerySet[Transfer]") -> Found | None:
    """The deal of the one transfer with this id, or that transfer, when it returns money that belongs to no deal."""
    transfer = transfers.order_by().first()
    if transfer is None:
        return None
    return _of_payments(Payment.objects.filter(pk=transfer.payment_id or 0)) or Found(alone=transfer)


def _of_payments(payments: "QuerySet[Payment]") -> Found | None:
    return _deals(Contract.objects.filter(pk__in=payments.order_by().values("contract")))


def _deals(contracts: "QuerySet[Contract]") -> Found | None:
    deals = tuple(
        Deal(contract) for contract in contracts.order_by("-created_at", "-pk").prefetch_related("parties")[:MOST]
    )
    return Found(deals=deals) if deals else None


KINDS: tuple[tuple[str, Callable[[Term], Found | None]], ...] = (
    ("contract id", _by_contract),
    ("transaction id", _by_transaction),
    ("payment reference", _by_reference),
    ("receipt number", _by_receipt),
    ("receipt number", _by_hand),
    ("id of the rail", _by_rail),
    ("id of ours", _by_our_id),
    ("transfer", _by_transfer),
    ("phone", _by_phone),
)
"""What a term may be, likeliest first, and how it is looked up."""
