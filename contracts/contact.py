"""When a party last wrote to us, and whether it has read what its money depends on."""

from contracts.models import Contract, Party
from voicepact.kernel.clock import now

HELD = (Contract.Status.PAYMENT_LOCKED, Contract.Status.DELIVERED, Contract.Status.DISPUTED)


def wrote(phone: str) -> None:
    """The person with this phone has written to us, whatever about: in no deal whose money is held is it silent."""
    Party.objects.filter(phone=phone, contract__status__in=HELD).update(last_wrote_at=now())


def was_warned(party: Party) -> None:
    """The party's phone has the warning that the money will go back."""
    Party.objects.filter(pk=party.pk).update(warned_at=now())
