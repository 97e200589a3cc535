"""Proposals about a deal: its dispute, a part of its money, a party's phone.

Help texts are shown as HTML, so what people have written is escaped in them.
"""

from decimal import Decimal
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.html import escape

from contracts.models import Dispute, Party
from payments import behalf, decisions
from payments.models import Payment, Proposal
from voicepact.console.forms.base import Kind, PlannedForm, ProposalForm, choice, line, share, whole
from voicepact.console.proposal.forecasts import Forecast, forecast
from voicepact.console.proposal.plans import payers, person
from voicepact.kernel.money import Money, grouped, plain
from voicepact.kernel.phones import InvalidPhone, mask, parse
from voicepact.kernel.rails import RAILS


class DecisionForm(ProposalForm):
    kind = Kind.DECISION
    act = "Decide"
    icon = "gavel"
    does = "Releases the money to the seller, gives it back to the buyer, or splits it. The dispute is then over."
    about = "The money of this deal is held until the dispute is decided. Read what both sides brought forward first."

    template = "decide"

    outcome = choice("Decision")
    seller_amount = share("The seller's share")
    buyer_amount = share("The buyer's share")

    subject: Dispute

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.at_stake = decisions.at_stake(self.subject)
        payment = decisions.disputed_payment(self.subject)
        seller, buyer = person(self.subject.contract.seller), payers(payment)
        self.fields["outcome"].choices = [  # type: ignore[attr-defined]
            (Dispute.Outcome.RELEASED, f"Release: {self.at_stake} to {seller}"),
            (Dispute.Outcome.REFUNDED, f"Refund: {self.at_stake} back to {buyer}"),
            (Dispute.Outcome.SPLIT, f"Split: {self.at_stake} between the two"),
        ]
        half = self.at_stake.amount // 2
        fee = Money(payment.seller_fee, payment.currency)
        less_fee = f" The seller's fee of {fee} is taken off it." if fee.amount else ""
        self._suggest("seller_amount", self.at_stake.amount - half, f"to {seller}.{less_fee}")
        self._suggest("buyer_amount", half, f"back to {buyer}.")
        self._preview("outcome", "change")
        self._preview("seller_amount", "input changed delay:300ms")
        self._preview("buyer_amount", "input changed delay:300ms")

    def _preview(self, name: str, trigger: str) -> None:
        """What the field's change does is shown at once, as the server reckons it."""
        address = reverse("desk:preview", args=[self.subject.pk])
        self.fields[name].widget.attrs |= {"hx-post": address, "hx-trigger": trigger}

    def _suggest(self, name: str, share: Decimal, whom: str) -> None:
        least = grouped(RAILS[self.subject.contract.gateway].minimum)
        self.fields[name].initial = int(share)
        self.fields[name].help_text = escape(f"{self.at_stake.currency}, nothing or at least {least}, {whom}")

    @classmethod
    def why_not(cls, subject: Dispute) -> str:
        if subject.is_open:
            return ""
        return f"The dispute about {subject.contract_id} is over: {subject.get_outcome_display().lower()}."

    @property
    def title(self) -> str:
        return f"Decide the dispute about {self.subject.contract_id}"

    @property
    def forecast(self) -> Forecast:
        """What comes of it, as far as it is filled in; the reason may be missing still."""
        if not self.is_bound or not self.data.get("outcome"):
            return Forecast()
        if wrong := [str(each) for name in self.errors.keys() - {"reason"} for each in self.errors[name]]:
            return Forecast(refusal=" ".join(dict.fromkeys(wrong)))
        return forecast(Proposal(kind=self.kind, dispute=self.subject, details=self.details))

    def clean(self) -> None:
        if self.cleaned_data.get("outcome") != Dispute.Outcome.SPLIT:
            return
        for name in ("seller_amount", "buyer_amount"):
            if name not in self.errors and self.cleaned_data.get(name) is None:
                self.add_error(name, "Say how much of it.")

    @property
    def details(self) -> dict[str, Any]:
        all_of_it = plain(self.at_stake.amount)
        if self.cleaned_data["outcome"] == Dispute.Outcome.RELEASED:
            return {"seller_amount": all_of_it, "buyer_amount": 0}
        if self.cleaned_data["outcome"] == Dispute.Outcome.REFUNDED:
            return {"seller_amount": 0, "buyer_amount": all_of_it}
        return {name: self.cleaned_data[name] for name in ("seller_amount", "buyer_amount")}


class PartialRefundForm(ProposalForm):
    kind = Kind.PARTIAL_REFUND
    act = "Give back a part"
    icon = "call_split"
    does = "A part of what is held goes back to whoever paid; the rest stays for the seller, and the deal goes on."
    about = "A part of what is held goes back at once, and the deal goes on about the rest."

    amount = whole("How much goes back")

    subject: Payment

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        least, most = map(grouped, decisions.part_limits(self.subject))
        currency, whom = self.subject.currency, payers(self.subject)
        self.fields["amount"].help_text = escape(f"{currency}, from {least} to {most}, back to {whom}.")

    @classmethod
    def why_not(cls, subject: Payment) -> str:
        return decisions.why_no_part(subject)

    @property
    def details(self) -> dict[str, Any]:
        return {"amount": self.cleaned_data["amount"]}


class ReleaseForm(PlannedForm):
    kind = Kind.RELEASE
    act = "Release"
    icon = "send_money"
    does = "Pays the seller in the silent buyer's place: the deal is completed."
    about = "Read the conversation first, and call the buyer: once the seller is paid, nobody gets it back."

    subject: Payment

    @classmethod
    def why_not(cls, subject: Payment) -> str:
        return behalf.why_no_release(subject)


class RefundForm(PlannedForm):
    kind = Kind.REFUND
    act = "Refund"
    icon = "undo"
    does = "Gives everything back to whoever paid, in the seller's place: the deal is called off."
    about = "Read the conversation first, and call the seller: the goods may be on their way."

    subject: Payment

    @classmethod
    def why_not(cls, subject: Payment) -> str:
        return behalf.why_no_refund(subject)


class PhoneChangeForm(ProposalForm):
    kind = Kind.PHONE_CHANGE
    act = "Change phone"
    icon = "phone_forwarded"
    does = "Another number counts for this party a day after approval. Everybody concerned is told at once."
    about = (
        "A party is known by its phone, and paid there. Be sure who asks: a stolen phone is the oldest trick. "
        "The new number counts a day after approval, and everybody concerned is told at once."
    )

    phone = line("New number", longest=40)

    subject: Party

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        now = mask(self.subject.phone)
        self.fields["phone"].help_text = f"In any writing, such as 0712 345 678. Now it is {now}."

    @classmethod
    def why_not(cls, subject: Party) -> str:
        return ""

    def clean_phone(self) -> str:
        try:
            return parse(self.cleaned_data["phone"])
        except InvalidPhone as error:
            raise forms.ValidationError("This is not a phone number.") from error

    @property
    def details(self) -> dict[str, Any]:
        return {"phone": self.cleaned_data["phone"]}
