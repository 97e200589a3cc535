"""One open prompt per phone, over all deals: when the next one may come."""

from datetime import datetime

from django.db.models import Max

from payments.models import Transfer
from voicepact.kernel.clock import now
from voicepact.kernel.rails import RAILS


def phone_free_at(phone: str, *, gateway: str) -> datetime | None:
    """When the phone will at the latest have no prompt of ours open; None if it has none now.

    A prompt whose end we have not heard of is taken for over once it has lived as long as the rail lets one live.
    """
    life = RAILS[gateway].prompt_life
    sent = Transfer.objects.collections().open().filter(phone=phone, gateway=gateway, quarantined_at=None)
    last = sent.filter(claimed_at__gt=now() - life).aggregate(last=Max("claimed_at"))["last"]
    return last + life if last else None
