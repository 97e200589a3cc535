"""How we stand with a party: its language, when it wrote, at which number it is reached, what it has certainly read."""

from django.conf import settings

from contracts.models import Contract, Party
from voicepact.kernel import phones
from voicepact.kernel.clock import now

OVER = (Contract.Status.COMPLETED, Contract.Status.CANCELLED, Contract.Status.EXPIRED)
HELD = (Contract.Status.PAYMENT_LOCKED, Contract.Status.DELIVERED, Contract.Status.DISPUTED)
PAYERS = [Party.Role.BUYER.value, Party.Role.PAYER.value]


def speaks(phone: str, language: str) -> None:
    """Whoever has this phone reads this language, `en` or `sw`, in all of its deals and in those to come."""
    Party.objects.filter(phone=phone).exclude(language=language).update(language=language)


def language_of(phone: str) -> str:
    """The language of the phone, that of its newest deal; the default for one that is in no deal."""
    newest = Party.objects.filter(phone=phone).order_by("-pk").values_list("language", flat=True).first()
    return newest or settings.DEFAULT_LANGUAGE


def wrote(phone: str) -> None:
    """The person with this phone has written to us, whatever about: in no deal whose money is held is it silent."""
    Party.objects.filter(phone=phone, contract__status__in=HELD).update(last_wrote_at=now())


def was_warned(party: Party) -> None:
    """The party's phone has the warning that the money will go back."""
    Party.objects.filter(pk=party.pk).update(warned_at=now())


def unreachable(phone: str) -> None:
    """Whoever has this phone cannot be reached since now, unless that was known before.

    It is the phone that is off, so that it counts in every deal of that phone which is not over, whichever of them the
    message was about.
    """
    unknown = Party.objects.filter(phone=phone, unreachable_since=None)
    unknown.exclude(contract__status__in=OVER).update(unreachable_since=now())


def reached(phone: str) -> None:
    """Whoever has this phone has got a message."""
    Party.objects.filter(phone=phone, unreachable_since__isnull=False).update(unreachable_since=None)


def payers_phone(contract: Contract, phone: str) -> str:
    """Where whoever paid for the deal from `phone` is reached now: another number, if people have changed it since."""
    changes = contract.events.filter(kind="phone.changed", payload__party__in=PAYERS)
    last = changes.filter(payload__old=phones.digest(phone)).order_by("serial").last()
    return contract.party(last.payload["party"]).phone if last else phone
