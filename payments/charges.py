"""What the rails have charged us: posted on their own word, and compared with what the tariffs expect.

A rail tells one running total. What it charges for a transfer is in it from the moment at which the money moved, which
is somewhat before we hear of that transfer's end; so a report is judged against what had certainly been charged when
it was made, and against what may have been.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.db.models import QuerySet
from django.template.defaultfilters import pluralize

from contracts import audit
from contracts.audit import rail_actor
from payments import ledger
from payments.models import Transfer, TransferQuerySet, Wallet
from payments.statements import Movement
from voicepact.kernel import tariffs
from voicepact.kernel.clock import now
from voicepact.kernel.money import Money, grouped, plain
from voicepact.kernel.rails import RAILS
from voicepact.kernel.tariffs import Operation

REPORT_AGE = timedelta(minutes=15)
"""A report that we note now was made no longer ago than this."""

CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Expected:
    """What the tariffs expect of some payouts; `untold` are the amounts of those of which no source tells it."""

    amount: Decimal
    untold: tuple[Decimal, ...]


def charged(wallet: Wallet) -> Decimal:
    """What the rail says it has charged us since its first report."""
    if wallet.charges_opening is None or wallet.charges_paid is None:
        return Decimal(0)
    return wallet.charges_opening - wallet.charges_paid


def note(wallet: Wallet) -> None:
    """What the rail has charged is posted, and told to people when it is not what the tariffs expect.

    The first report's total is where we begin: what was charged before is not of our books. Precondition: caller holds
    the wallet's row, and has just written the report to it.
    """
    if wallet.charges_opening is None:
        wallet.charges_opening, wallet.charges_expected_at = wallet.charges_paid, now()
        wallet.save(update_fields=["charges_opening", "charges_expected_at"])
        return
    account = ledger.charges(wallet.gateway)
    missing = charged(wallet) - ledger.balance(account)
    if missing > 0:
        ledger.post(ledger.FEES, account, Money(missing, wallet.currency))
    _judge(wallet)


def _judge(wallet: Wallet) -> None:
    """The gap between charge and tariff is known, and an event tells each change of it.

    What was charged more while a payout of which no source tells the charge had ended is taken to be that charge.
    """
    since = wallet.charges_expected_at or now()
    until = max(since, now() - REPORT_AGE)
    payouts = _payouts(wallet.gateway)
    ended = _expect(payouts.succeeded().filter(finished_at__gt=since, finished_at__lte=until))
    perhaps = _expect(payouts.open() | payouts.succeeded().filter(finished_at__gt=until))
    least = wallet.charges_expected + ended.amount
    most = least + perhaps.amount
    too_much = charged(wallet) - wallet.charges_gap - most
    if too_much > 0 and ended.untold:
        least += too_much
    elif too_much > 0 and not perhaps.untold:
        _tell_gap(wallet, expected=most)
    elif charged(wallet) < least + wallet.charges_gap:
        _tell_gap(wallet, expected=least)
    wallet.charges_expected, wallet.charges_expected_at = least, until
    wallet.save(update_fields=["charges_expected", "charges_expected_at", "charges_gap"])


def _tell_gap(wallet: Wallet, *, expected: Decimal) -> None:
    wallet.charges_gap = charged(wallet) - expected
    if wallet.charges_gap:
        payload = {"gateway": wallet.gateway, "expected": plain(expected), "charged": plain(charged(wallet))}
        audit.record("charges.differ", contract=None, actor=rail_actor(wallet.gateway), payload=payload)


def _payouts(gateway: str) -> TransferQuerySet:
    """What was sent out by payout, to sellers and back to payers."""
    kinds = (Transfer.Kind.PAYOUT, Transfer.Kind.REFUND)
    return Transfer.objects.filter(gateway=gateway, kind__in=kinds, claimed_at__isnull=False)


def _expect(payouts: QuerySet[Transfer]) -> Expected:
    total, untold = Decimal(0), []
    for payout in payouts.iterator(CHUNK):
        day = tariffs.business_day(payout.claimed_at or payout.created_at)
        if (charge := tariffs.charge(payout.gateway, Operation.PAYOUT, [payout.amount], on=day)) is None:
            untold.append(payout.amount)
        else:
            total += charge.amount
    return Expected(total, tuple(untold))


# --- for check_ledger -------------------------------------------------------------------------------------------------


def books() -> Iterator[str]:
    """What each rail says it has charged us is what the books say, from its first report to its last."""
    for wallet in Wallet.objects.exclude(charges_opening=None).order_by("gateway"):
        booked = ledger.balance(ledger.charges(wallet.gateway))
        if booked != charged(wallet):
            yield f"{wallet.gateway} has charged {grouped(charged(wallet))}; the books say {grouped(booked)}"


def compare(movements: Iterable[Movement], *, gateway: str) -> Iterator[str]:
    """The charges on the rail's statement are those of its reports; what is newer than the last one is not missed."""
    wallet = Wallet.objects.filter(pk=gateway).first()
    if wallet is None or wallet.charges_opening is None or wallet.updated_at is None:
        return
    told = wallet.updated_at - REPORT_AGE
    fees = [movement for movement in movements if movement.kind == "fee" and movement.gateway == gateway]
    all_told = sum((fee.amount for fee in fees if fee.at and fee.at <= told), start=Decimal(0))
    on_statement = sum((fee.amount for fee in fees), start=Decimal(0))
    booked = ledger.balance(ledger.charges(gateway)) - wallet.charges_opening
    if not all_told <= booked <= on_statement:
        yield f"the rail's statement has charges of {grouped(on_statement)}; the books have {grouped(booked)}"


def remarks() -> Iterator[str]:
    """What is no difference of the books, but people should know: gaps to the tariff, and what it does not tell."""
    for wallet in Wallet.objects.exclude(charges_gap=0).order_by("gateway"):
        how = "more" if wallet.charges_gap > 0 else "less"
        yield f"{wallet.gateway} charged {grouped(abs(wallet.charges_gap))} {how} than its tariff says"
    for gateway in RAILS:
        if untold := _expect(_payouts(gateway).succeeded()).untold:
            whole = grouped(sum(untold, start=Decimal(0)))
            count = f"{len(untold)} payout{pluralize(len(untold))}"
            yield f"{gateway}: no source tells the charge of {count} of {whole} together; not compared"
