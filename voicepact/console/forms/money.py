"""Proposals about money that no rule moves: owed, unknown, in quarantine, in suspense, or stopped."""

from typing import Any
from uuid import uuid4

from django import forms
from django.core.files.uploadedfile import UploadedFile
from unfold.widgets import UnfoldAdminFileFieldWidget

from contracts import attachments
from contracts.errors import EvidenceTooLarge, EvidenceTypeRefused
from payments import byhand, decisions, deposits, marking
from payments.models import Deposit, Payment, PayoutStop, Transfer
from voicepact.console.forms.base import Kind, PlannedForm, ProposalForm, choice, line
from voicepact.console.proposal.plans import owner_of

NOT_IN_SUSPENSE = {
    Deposit.Status.TOLD: "The rail itself has not confirmed it yet.",
    Deposit.Status.REFUTED: "The rail knows no such money.",
    Deposit.Status.KEPT: "It counts for a payment already.",
    Deposit.Status.RETURNED: "It has gone back already.",
}
STATEMENTS = {"application/pdf", "image/jpeg", "image/png", "image/webp", "text/plain"}


class PayAgainForm(PlannedForm):
    kind = Kind.PAY_AGAIN
    act = "Pay again"
    icon = "replay"
    does = "Sends what the rail refused once more, as a new transfer, to whom it belongs now."

    subject: Transfer

    @classmethod
    def why_not(cls, subject: Transfer) -> str:
        return decisions.why_not_again(subject)


class MarkTransferForm(ProposalForm):
    kind = Kind.MARK_TRANSFER
    act = "Say what became of it"
    icon = "fact_check"
    does = "Says, with the rail's statement attached, whether this money moved. Nothing is sent by it."

    outcome = choice("What became of it")
    receipt_number = line(
        "Receipt number", longest=30, required=False, help_text="As the statement shows it, such as UKN7A1B2C3."
    )
    statement = forms.FileField(
        label="The rail's statement",
        widget=UnfoldAdminFileFieldWidget({"accept": ".pdf,.csv,.txt,.jpg,.jpeg,.png,.webp"}),
        help_text="PDF, picture, CSV or text, 10 MB at most.",
    )

    subject: Transfer

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["outcome"].choices = self._choices()  # type: ignore[attr-defined]

    @property
    def about(self) -> str:
        quarantined = f"In quarantine: {self.subject.quarantine_reason}." if self.subject.quarantined_at else ""
        lost = "The rail never answered, and it was given up." if self.subject.status == "failed" else ""
        told = quarantined or lost or "The rail itself has not told what became of it."
        return f"{told} Its statement has to show what you say here, to the shilling."

    def _choices(self) -> list[tuple[str, str]]:
        money, whom = self.subject.money, owner_of(self.subject.phone, self.subject.payment) or "whoever paid it"
        if self.subject.is_collection:
            came = [
                ("succeeded", f"It came: {money} from {whom}, and it counts"),
                ("returned", f"It came, and is to go back: {money} to {whom}"),
            ]
            return came if marking.is_given_up(self.subject) else [*came, ("failed", "It never came")]
        again = "is held again, and owed" if self.subject.payment_id else "lies in suspense again"
        return [("succeeded", f"It arrived: {money}, to {whom}"), ("failed", f"It never arrived: {money} {again}")]

    @classmethod
    def why_not(cls, subject: Transfer) -> str:
        return marking.why_not(subject)

    def clean_receipt_number(self) -> str:
        return str(self.cleaned_data["receipt_number"]).strip().upper()

    def clean_statement(self) -> "UploadedFile[bytes]":
        """The file, known by its own bytes; nothing of what its sender called it reaches the disk."""
        file: UploadedFile[bytes] = self.cleaned_data["statement"]
        try:
            found = attachments.examine(file).content_type
        except EvidenceTooLarge as refusal:
            raise forms.ValidationError(refusal.detail) from refusal
        except EvidenceTypeRefused:
            found = ""
        if found not in STATEMENTS:
            raise forms.ValidationError("Attach a PDF, a picture (JPEG, PNG, WebP), or CSV or text in UTF-8.")
        file.name = f"{uuid4().hex}{attachments.EXTENSIONS[found]}"
        return file

    def clean(self) -> None:
        moved = self.cleaned_data.get("outcome") not in (None, "failed")
        if moved and not self.subject.receipt_number and not self.cleaned_data.get("receipt_number"):
            self.add_error("receipt_number", "Money that has moved has a receipt number.")

    @property
    def details(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("outcome", "receipt_number") if self.cleaned_data[name]}

    @property
    def attachment(self) -> "UploadedFile[bytes]":
        file: UploadedFile[bytes] = self.cleaned_data["statement"]
        return file


class MatchDepositForm(ProposalForm):
    kind = Kind.MATCH_DEPOSIT
    act = "Match"
    icon = "join_inner"
    does = "Says to which payment this money belongs. It counts there, or goes back from there."
    about = (
        "This money lies in suspense. Say to which payment it belongs: it counts there if it is just the part that is "
        "to be paid next, and goes back from there if it is not."
    )

    transaction_id = line("Transaction id", longest=100, help_text="Of the payment, such as TXN-AG-2026-000123-001.")

    subject: Deposit

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        contract = byhand.contract_of(self.subject.reference)
        live = Payment.objects.live().filter(contract=contract).first() if contract else None
        self.fields["transaction_id"].initial = live.transaction_id if live else ""

    @classmethod
    def why_not(cls, subject: Deposit) -> str:
        return _why_not_in_suspense(subject)

    def clean_transaction_id(self) -> str:
        return str(self.cleaned_data["transaction_id"]).strip().upper()

    @property
    def details(self) -> dict[str, Any]:
        return {"transaction_id": self.cleaned_data["transaction_id"]}


class ReturnDepositForm(PlannedForm):
    kind = Kind.RETURN_DEPOSIT
    act = "Send back"
    icon = "undo"
    does = "Gives this money back to whoever paid it."

    subject: Deposit

    @classmethod
    def why_not(cls, subject: Deposit) -> str:
        return _why_not_in_suspense(subject)


def _why_not_in_suspense(deposit: Deposit) -> str:
    if deposit.status != Deposit.Status.SUSPENSE:
        return NOT_IN_SUSPENSE[Deposit.Status(deposit.status)]
    return "It is on its way back already." if deposits.leaves(deposit) else ""


class ResumePayoutsForm(PlannedForm):
    kind = Kind.RESUME_PAYOUTS
    act = "Let payouts leave again"
    icon = "play_arrow"
    does = "Lifts this stop: what waited for it leaves at once, unless another stop holds it."

    subject: PayoutStop

    @classmethod
    def why_not(cls, subject: PayoutStop) -> str:
        return "It is lifted already." if subject.lifted_at else ""
