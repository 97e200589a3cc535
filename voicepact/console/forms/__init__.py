"""What staff fill in to propose something, kind by kind, and to decide about it.

A form says in words what is proposed and gathers the details; whether it can be is checked by `payments.decisions`.
"""

from voicepact.console.forms.base import Kind, ProposalForm
from voicepact.console.forms.deals import DecisionForm, PartialRefundForm, PhoneChangeForm, RefundForm, ReleaseForm
from voicepact.console.forms.money import (
    MarkTransferForm,
    MatchDepositForm,
    PayAgainForm,
    ResumePayoutsForm,
    ReturnDepositForm,
)

FORMS: dict[Kind, type[ProposalForm]] = {
    form.kind: form
    for form in (
        DecisionForm,
        ReleaseForm,
        RefundForm,
        PartialRefundForm,
        PayAgainForm,
        MarkTransferForm,
        MatchDepositForm,
        ReturnDepositForm,
        PhoneChangeForm,
        ResumePayoutsForm,
    )
}
