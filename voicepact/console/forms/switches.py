"""What staff say when they freeze a deal, and at the switch that stops all money out."""

from django import forms
from unfold.widgets import UnfoldAdminRadioSelectWidget

from voicepact.console.forms.base import words
from voicepact.kernel.rails import RAILS


class DisputeForm(forms.Form):
    reason = words("Why")


class PauseForm(forms.Form):
    gateway = forms.ChoiceField(
        label="Where",
        required=False,
        choices=[("", "Everywhere"), *((name, f"On {rail.title} only") for name, rail in RAILS.items())],
        widget=UnfoldAdminRadioSelectWidget,
    )
    reason = words("Why", rows=2, longest=200)
