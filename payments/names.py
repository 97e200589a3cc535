"""The name under which a rail knows a phone, where it has told one: in the results of what it paid there.

It is told in what we keep as it came, and is written down nowhere else.
"""

from payments import gateways
from payments.gateways.base import Unreadable
from payments.models import Callback, Transfer
from payments.settlement import Result

LATELY = 5
TELLING = ("b2c", "status")
BELIEVED = (Result.SETTLED, Result.REPEATED)


def behind(phone: str) -> str:
    """The name in the newest result that counted and names one; empty where none has."""
    paid = Transfer.objects.succeeded().filter(phone=phone).exclude(kind=Transfer.Kind.COLLECTION)
    keys = list(paid.order_by("-claimed_at").values_list("pk", flat=True)[:LATELY])
    told = Callback.objects.filter(transfer__in=keys, kind__in=TELLING, result__in=BELIEVED)
    return next(filter(None, (_name(phone, callback) for callback in told.order_by("-pk"))), "")


def _name(phone: str, callback: Callback) -> str:
    try:
        return gateways.by_name(callback.gateway).name_behind(phone, callback.body)
    except Unreadable:
        return ""
