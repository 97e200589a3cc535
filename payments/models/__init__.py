"""Where the money is: payments, the transfers that move them, the ledger, and the rail's words as they came."""

from payments.models.books import Balance, Posting
from payments.models.callback import Callback
from payments.models.deposit import Deposit, DepositQuerySet
from payments.models.payment import Payment, PaymentQuerySet
from payments.models.payout_stop import PayoutStop
from payments.models.proposal import Proposal, ProposalQuerySet
from payments.models.tokens import new_token
from payments.models.transfer import Transfer, TransferQuerySet
from payments.models.wallet import Wallet

__all__ = [
    "Balance",
    "Callback",
    "Deposit",
    "DepositQuerySet",
    "Payment",
    "PaymentQuerySet",
    "PayoutStop",
    "Posting",
    "Proposal",
    "ProposalQuerySet",
    "Transfer",
    "TransferQuerySet",
    "Wallet",
    "new_token",
]
