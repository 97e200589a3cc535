"""What all forms of proposals have in common, the fields that they are made of, and the form that says no to one."""

from typing import Any, ClassVar

from django import forms
from django.core.files.uploadedfile import UploadedFile
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from payments import decisions
from payments.models import Proposal
from voicepact.console.proposal.plans import Plan, plan

Kind = Proposal.Kind
LONGEST_REASON = 2_000


def words(
    label: str, *, rows: int = 4, longest: int = LONGEST_REASON, required: bool = True, help_text: str = ""
) -> forms.CharField:
    widget = UnfoldAdminTextareaWidget({"rows": rows})
    return forms.CharField(label=label, widget=widget, max_length=longest, required=required, help_text=help_text)


def line(label: str, *, longest: int, required: bool = True, help_text: str = "") -> forms.CharField:
    widget = UnfoldAdminTextInputWidget
    return forms.CharField(label=label, widget=widget, max_length=longest, required=required, help_text=help_text)


def whole(label: str, **more: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=0, widget=UnfoldAdminIntegerFieldWidget, **more)


class GroupedField(forms.IntegerField):
    """A whole amount, shown and taken as people write it: `280,000`."""

    def to_python(self, value: Any) -> int | None:
        return super().to_python(value.replace(",", "").replace(" ", "") if isinstance(value, str) else value)

    def prepare_value(self, value: Any) -> Any:
        return f"{value:,}" if isinstance(value, int) else value


def share(label: str) -> forms.IntegerField:
    widget = UnfoldAdminTextInputWidget({"inputmode": "numeric", "autocomplete": "off"})
    return GroupedField(label=label, min_value=0, required=False, widget=widget)


def choice(label: str) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, widget=UnfoldAdminRadioSelectWidget)


class ProposalForm(forms.Form):
    """A proposal of one `kind` about one `subject`.

    `act` and `icon` are what the button to it shows; `does` tells in one line what happens once it is approved.
    """

    kind: ClassVar[Kind]
    act: ClassVar[str]
    template: ClassVar[str] = "propose"
    icon: ClassVar[str]
    does: ClassVar[str]
    reason = words("Why", help_text="The approver decides by it, and it is kept. Name what you have seen.")

    def __init__(self, *args: Any, subject: Any, **kwargs: Any) -> None:
        self.subject = subject
        super().__init__(*args, **kwargs)
        self.fields["reason"] = self.fields.pop("reason")  # comes last

    @classmethod
    def why_not(cls, subject: Any) -> str:
        """Why such a proposal makes no sense about `subject` now, in words; empty if it does."""
        raise NotImplementedError

    @property
    def title(self) -> str:
        return self.act

    @property
    def about(self) -> str:
        """What the proposal means, and what to look at first."""
        return ""

    @property
    def plan(self) -> Plan | None:
        """What will happen, where that is known before the form is filled in."""
        return None

    @property
    def details(self) -> dict[str, Any]:
        """What the kind needs, from a valid form."""
        return {}

    @property
    def attachment(self) -> "UploadedFile[bytes] | None":
        return None


class PlannedForm(ProposalForm):
    """Needs no details: what will happen is known beforehand."""

    @property
    def plan(self) -> Plan:
        return plan(Proposal(kind=self.kind, **{decisions.RULES[self.kind].subject: self.subject}))


class RejectionForm(forms.Form):
    note = words("Why not")
