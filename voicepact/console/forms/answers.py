"""What staff say when they reject a proposal, freeze a deal, and at the switch that stops all money out."""

from django import forms
from unfold.widgets import UnfoldAdminRadioSelectWidget

from voicepact.console.forms.base import words
from voicepact.kernel.rails import RAILS


class RejectionForm(forms.Form):
    note = words("Why not")


class DisputeForm(forms.Form):
    reason = words("Why")


class PauseForm(forms.Form):
    gateway = forms.ChoiceField(
        label="Where",
        required=False,
        choices=[("", "Everywhere"), *((name, f"On {name} only") for name in RAILS)],
        widget=UnfoldAdminRadioSelectWidget,
    )
    reason = words("Why", rows=2, longest=200)
