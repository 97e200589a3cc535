"""What one event says, in the words that sentences are made of."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Model
from django.utils.formats import date_format
from django.utils.timezone import localtime

from contracts.actors import PHONE, WORDS
from contracts.models import Deadline, Event
from notifications import quantities
from payments.models import Proposal, Transfer
from voicepact.console.deal.sentences import codes
from voicepact.console.deal.sentences.story import Story
from voicepact.kernel.display import shortened
from voicepact.kernel.money import Money

LONGEST = 240
SHARES = ("seller_amount", "buyer_amount")


def quoted(text: str) -> str:
    """What somebody has written, as a sentence quotes it."""
    return shortened(text, LONGEST)


def start(text: str) -> str:
    """`text` as a sentence begins; what follows its first letter stays as it is."""
    return text[:1].upper() + text[1:]


def money(amount: object, currency: str) -> str:
    """An amount as payloads hold it: `KES 250,000`."""
    return str(Money(Decimal(str(amount)), currency))


@dataclass(frozen=True, slots=True)
class Telling:
    """An event of a story; sentences name these properties, each of which is read only by those that it fits."""

    event: Event
    story: Story

    def get(self, name: str) -> Any:
        return self.event.payload.get(name, "")

    # --- people -------------------------------------------------------------------------------------------------------

    @property
    def who(self) -> str:
        """Who did it, as a sentence begins: `The buyer`, `Wambui`, `M-Pesa`."""
        kind, _, key = self.event.actor.partition(":")
        if kind == "party":
            party = self.story.parties.get(key)
            return f"The {party.role}" if party else "A party"
        if kind == "rail":
            return codes.gateway(key)
        user = self.story.users.get(key)
        if kind == "client":
            return f"The client {user}" if user else "A client"
        if kind == "staff":
            return str(user) if user else "A member of staff"
        return PHONE if kind == "phone" else WORDS.get(kind, start(self.event.actor))

    @property
    def by(self) -> str:
        return codes.CHANNELS.get(self.event.channel, "")

    @property
    def party(self) -> str:
        return str(self.get("party") or "party")

    @property
    def quantity(self) -> str:
        """How much was delivered, where that is not all: `90 of 100 bags`."""
        contract, found = self.story.contract, quantities.read(str(self.get("quantity")))
        whole = quantities.agreed(contract) if contract else None
        if contract is None or found is None or whole is None:
            return "a part"
        return quoted(f"{quantities.told(found)} of {quantities.told(whole)} {quantities.unit(contract)}".strip())

    @property
    def rail(self) -> str:
        kind, _, key = self.event.actor.partition(":")
        transfer = self.transfer
        return codes.gateway(
            transfer.gateway if transfer else str(self.get("gateway") or (key if kind == "rail" else ""))
        )

    # --- money --------------------------------------------------------------------------------------------------------

    def money(self, name: str) -> str:
        return money(self.get(name) or 0, self.story.currency)

    @property
    def confirmed(self) -> str:
        return self.money("confirmed")

    @property
    def moved_all(self) -> str:
        """What of a payment has arrived in the end."""
        return self.money("released" if "released" in self.event.payload else "refunded")

    @property
    def amount(self) -> str:
        transfer = self.transfer
        return str(transfer.money) if transfer and "amount" not in self.event.payload else self.money("amount")

    @property
    def so_far(self) -> str:
        """How much has come of the whole, where it is not the whole."""
        return (
            ""
            if self.get("so_far") == self.get("total")
            else f"; {self.money('so_far')} of {self.money('total')} so far"
        )

    @property
    def transfer(self) -> Transfer | None:
        return self.story.transfers.get(str(self.get("transfer")))

    @property
    def move(self) -> str:
        """`the buyer's second payment of KES 100,000`, `the payout of KES 350,000 to the seller`."""
        kind = (
            str(self.get("kind")) or (self.transfer.kind if self.transfer else "") or self.event.kind.partition(".")[0]
        )
        amount = self.amount if self.transfer or self.get("amount") else ""
        of = f" of {amount}" if amount else ""
        whom = self.story.role_of(self.transfer.phone) if self.transfer else ""
        if kind == Transfer.Kind.COLLECTION:
            return f"the {whom or 'buyer'}'s {self._part}payment{of}"
        if kind == Transfer.Kind.PAYOUT:
            return f"the {self._part}payout{of} to the {whom or 'seller'}"
        return f"the {self._part}refund{of} to the {whom or 'buyer'}"

    @property
    def Move(self) -> str:  # noqa: N802 - as a sentence begins
        return start(self.move)

    @property
    def _part(self) -> str:
        """Which part of several."""
        transfer, part = self.transfer, int(self.get("part") or 0)
        if transfer is None:
            return f"{codes.ordinal(part)} " if part > 1 else ""
        payment = transfer.payment
        if payment is None:
            return ""
        whole = payment.to_collect if transfer.is_collection else payment.to_pay_out
        only = transfer.part == 1 and (transfer.money == whole or transfer.original_id is not None)
        return "" if only else f"{codes.ordinal(transfer.part)} "

    @property
    def receipt(self) -> str:
        number = self.transfer.receipt_number if self.transfer else ""
        return f", receipt {number}" if number else ""

    @property
    def unwanted(self) -> str:
        """Why it goes back at once, if it does."""
        code = str(self.get("unwanted"))
        return f"; it goes back, because {codes.UNWANTED.get(code, codes.reason(code))}" if code else ""

    @property
    def deposit(self) -> str:
        """`KES 500, receipt UKN…`: what was paid by hand."""
        row = self.story.deposits.get(str(self.get("deposit")))
        return f"{self.money('amount')}, receipt {row.receipt_number}" if row else self.money("amount")

    # --- why ----------------------------------------------------------------------------------------------------------

    @property
    def reason(self) -> str:
        """Why it failed, in words."""
        transfer, code = self.transfer, str(self.get("code"))
        known = codes.reason(code, kind=transfer.kind if transfer else "")
        told = transfer.failure_reason if transfer and transfer.failure_code == code and code == "refused" else ""
        return quoted(told[:1].lower() + told[1:] or known)

    @property
    def why(self) -> str:
        why = str(self.get("why") or self.get("reason"))
        return quoted(codes.LATER.get(why) or codes.reason(why))

    @property
    def stop(self) -> str:
        """`all payouts`, `payouts of this deal`, `payouts by M-Pesa`."""
        if self.get("gateway"):
            return f"payouts by {codes.gateway(str(self.get('gateway')))}"
        return "payouts of this deal" if self.event.contract_id else "all payouts"

    # --- disputes -----------------------------------------------------------------------------------------------------

    @property
    def said(self) -> str:
        """The reason of a dispute or the words of a piece of evidence, in quotation marks."""
        piece = self.story.evidence.get(str(self.get("evidence")))
        dispute = self.story.disputes.get(str(self.get("dispute")))
        text = piece.text if piece else "" if self.get("evidence") else dispute.reason if dispute else ""
        return f": “{quoted(text)}”" if text else ""

    @property
    def brought(self) -> str:
        piece = self.story.evidence.get(str(self.get("evidence")))
        if piece is None or not piece.file:
            return "a statement"
        return "a picture" if piece.content_type.startswith("image/") else "a document"

    @property
    def ending(self) -> str:
        return codes.ENDINGS.get(str(self.get("how") or self.get("outcome")), "decided")

    @property
    def shares(self) -> str:
        return f"{self.money('seller_amount')} for the seller and {self.money('buyer_amount')} for the buyer"

    # --- proposals ----------------------------------------------------------------------------------------------------

    @property
    def proposal(self) -> str:
        """What was proposed, with the amounts, in words: `decide a dispute: KES 400 for the seller, …`."""
        row = self.story.proposals.get(str(self.get("proposal")))
        kind = str(self.get("kind"))
        words = Proposal.Kind(kind).label if kind in Proposal.Kind.values else kind.replace("_", " ")
        words = words[:1].lower() + words[1:]
        details = row.details if row else {}
        if set(SHARES) <= set(details):
            to_seller, to_buyer = (money(details[name], self.story.currency) for name in SHARES)
            return f"{words}, {to_seller} for the seller and {to_buyer} for the buyer"
        return f"{words}, {money(details['amount'], self.story.currency)}" if "amount" in details else words

    @property
    def because(self) -> str:
        row = self.story.proposals.get(str(self.get("proposal")))
        return f", because: “{quoted(row.reason)}”" if row and row.reason else ""

    @property
    def note(self) -> str:
        row = self.story.proposals.get(str(self.get("proposal")))
        return f": “{quoted(row.note)}”" if row and row.note else ""

    @property
    def marked(self) -> str:
        return codes.MARKED.get(str(self.get("outcome")), str(self.get("outcome")))

    # --- time ---------------------------------------------------------------------------------------------------------

    @property
    def moment(self) -> str:
        """`1 Dec 2026, 12:00`, in Nairobi: the time that the event is about."""
        told = (self.get(name) for name in ("due_at", "refund_at", "counts_at", "until"))
        moment = datetime.fromisoformat(next(filter(None, told), self.event.at.isoformat()))
        return date_format(localtime(moment), "SHORT_DATETIME_FORMAT")

    @property
    def timer(self) -> str:
        kind = str(self.get("kind"))
        return codes.DEADLINES[Deadline.Kind(kind)] if kind in Deadline.Kind.values else "a time"

    @property
    def moved(self) -> str:
        return codes.MOVED.get(str(self.get("why")), str(self.get("why")))

    @property
    def what(self) -> str:
        return codes.REMINDERS.get(str(self.get("what")), "act")

    @property
    def expired(self) -> str:
        return codes.EXPIRED.get(str(self.get("deadline")), "its time ran out")

    # --- where to read on ---------------------------------------------------------------------------------------------

    @property
    def subject(self) -> Model:
        """The row that it is about; the event itself where that says most."""
        rows = (
            self.story.proposals.get(str(self.get("proposal"))),
            self.story.disputes.get(str(self.get("dispute"))),
            self.transfer,
            self.story.deposits.get(str(self.get("deposit"))),
            self.story.payments.get(str(self.get("payment"))),
        )
        return next((row for row in rows if row is not None), self.event)
