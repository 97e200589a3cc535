"""An order as a gateway gets it, before and after the rail has named it; and where Daraja is told to answer."""

from dataclasses import replace
from decimal import Decimal

from payments.gateways.base import Instruction
from voicepact.kernel.money import Money

ORDER = Instruction(
    kind="collection",
    own_id="VP-1",
    token="0123456789abcdef0123456789abcdef",
    money=Money(Decimal("125000.00")),
    phone="+254711000000",
    reference="A7F5C3D8E9B2",
)
SENT = replace(ORDER, external_id="ws_CO_1")
PAYOUT = replace(ORDER, kind="payout")
CALLBACKS = "https://escrow.example/api/v1/payments/callbacks/daraja"
