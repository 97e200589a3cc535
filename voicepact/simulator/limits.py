"""M-Pesa's limits on customers, in whole shillings, and the result codes of going beyond them.

Source: Daraja portal, M-Pesa Express FAQ 5 and B2C FAQ 9. Numbers with a fixed fate are outside all of them.
"""

from datetime import timedelta

from voicepact.simulator import outcomes
from voicepact.simulator.movements import Movements
from voicepact.simulator.outcomes import KEYED
from voicepact.simulator.purses import Purses, Standing

PER_TRANSACTION = 250_000
PER_DAY = 500_000
PER_PURSE = 500_000
PUSH_MINIMUM = 1
PAYOUT_MINIMUM = 10
PER_WALLET_TRANSACTION = 500_000  # Africa's Talking's rail is kept as the product page shows it: 350,000 in one push
SAME_AMOUNT_APART = timedelta(minutes=2)
PROMPT_LIFE = timedelta(seconds=60)


def code_for_payer(msisdn: str, amount: int, *, purses: Purses, movements: Movements) -> str:
    """The result code of an approved prompt: "0", or what stands in its way."""
    if msisdn in KEYED:
        return "0"
    if not purses.read(msisdn).covers(amount):
        return "1"
    if movements.sent_today(msisdn) + amount > PER_DAY:
        return "4"
    return "0"


def code_for_payout(msisdn: str, amount: int, *, payer: str, purses: Purses, movements: Movements) -> str:
    """The result code of paying this phone from an account of ours, the number's own fate first."""
    if fated := outcomes.payee(msisdn).code:
        return fated
    if not purses.read(payer).covers(amount):
        return "1"
    return code_for_payee(msisdn, amount, purses=purses, movements=movements)


def code_for_payee(msisdn: str, amount: int, *, purses: Purses, movements: Movements) -> str:
    """The result code of sending money to this phone: "0", or what stands in its way."""
    if msisdn in KEYED:
        return "0"
    purse = purses.read(msisdn)
    if purse.standing is Standing.UNKNOWN:
        return "SFC_IC0003"
    if purse.standing is Standing.UNREGISTERED:
        return "2040"
    if movements.received_today(msisdn) + amount > PER_DAY:
        return "4"
    if purse.balance + amount > PER_PURSE:
        return "8"
    return "0"
