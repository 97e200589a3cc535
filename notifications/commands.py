"""What a party's command does, by SMS or USSD: one verb of the domain, and the name of the text that answers it."""

from collections.abc import Callable
from dataclasses import dataclass

from contracts import agreements, disputes
from contracts.audit import party_actor
from contracts.errors import DisputeOpen, WrongState
from contracts.models import Contract, Dispute, Party
from notifications import quantities
from payments import endings, escrow, proof
from payments.proof import Place

AGREED = {Party.Role.BUYER: "agreed_pay", Party.Role.SELLER: "agreed_wait", Party.Role.PAYER: "agreed_payer"}


@dataclass(frozen=True, slots=True)
class Command:
    """One party's word about one deal, by `sms` or `ussd`; `words` is what it said besides."""

    verb: str
    party: Party
    words: str
    channel: str = "sms"

    @property
    def deal(self) -> str:
        return self.party.contract_id


@dataclass(frozen=True, slots=True)
class Reply:
    """The name of the text that answers a command which was obeyed."""

    text: str
    needs_staff: bool = False


def _yes(command: Command) -> Reply:
    contract = escrow.agree(command.deal, phone=command.party.phone, channel=command.channel)
    if contract.status == Contract.Status.PENDING:
        return Reply("reply_agreed")
    return Reply(AGREED[Party.Role(command.party.role)])


def _no(command: Command) -> Reply:
    agreements.decline(command.deal, phone=command.party.phone, channel=command.channel)
    return Reply("cancelled")


def _pay(command: Command) -> Reply:
    contract = Contract.objects.get(pk=command.deal)
    if contract.status == Contract.Status.CONFIRMED and proof.of(contract).place == Place.CHECKING:
        return Reply("reply_checking")
    actor = party_actor(command.party, command.channel)
    escrow.open_checkout(contract.pk, phone=command.party.phone, money=contract.money, actor=actor)
    return Reply("reply_prompt_coming")


def _delivered(command: Command) -> Reply:
    """All of it or, where the words are a number below what was agreed, so much."""
    only = quantities.less(Contract.objects.get(pk=command.deal), command.words)
    contract = escrow.deliver(command.deal, phone=command.party.phone, channel=command.channel, only=only)
    return Reply(_by_state(contract, completed="reply_paying_you", waiting="reply_delivered"))


def _accept(command: Command) -> Reply:
    contract = escrow.accept(command.deal, phone=command.party.phone, channel=command.channel)
    return Reply(_by_state(contract, completed="reply_paying_seller", waiting="reply_accepted"))


def _by_state(contract: Contract, *, completed: str, waiting: str) -> str:
    if contract.status == Contract.Status.DISPUTED:
        return "reply_noted_in_dispute"
    return completed if contract.status == Contract.Status.COMPLETED else waiting


def _dispute(command: Command) -> Reply:
    """Opens a dispute, or adds to the one that is open.

    After the deal's completion it opens nothing and stops nothing: it waits for staff.
    """
    try:
        disputes.open_dispute(command.deal, phone=command.party.phone, reason=command.words, channel=command.channel)
    except DisputeOpen:
        if not command.words:
            raise
        return _add_evidence(command)
    except WrongState:
        if Contract.objects.get(pk=command.deal).status == Contract.Status.COMPLETED:
            return Reply("reply_dispute_too_late", needs_staff=True)
        raise
    return Reply("dispute_opened")


def _add_evidence(command: Command) -> Reply:
    dispute = Dispute.objects.get(contract=command.deal, closed_at=None)
    actor = party_actor(command.party, command.channel)
    disputes.add_evidence(dispute.pk, party=command.party, actor=actor, text=command.words)
    return Reply("reply_evidence_kept")


def _withdraw(command: Command) -> Reply:
    endings.withdraw(command.deal, phone=command.party.phone, channel=command.channel)
    return Reply("dispute_over")


def _cancel(command: Command) -> Reply:
    awaiting = endings.cancel(command.deal, phone=command.party.phone, channel=command.channel)
    return Reply("reply_seller_asked" if awaiting else "cancelled")


HANDLERS: dict[str, Callable[[Command], Reply]] = {
    "YES": _yes,
    "NO": _no,
    "PAY": _pay,
    "DELIVERED": _delivered,
    "ACCEPT": _accept,
    "DISPUTE": _dispute,
    "WITHDRAW": _withdraw,
    "CANCEL": _cancel,
}
"""The commands by their names in English; which words stand for them is in `parsing`."""
