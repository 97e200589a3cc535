"""What staff say when they reject a proposal, freeze a deal, and at the switch that stops all money out."""

from django import forms
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminRadioSelectWidget

from voicepact.console.forms.base import words
from voicepact.kernel.rails import RAILS


class RejectionForm(forms.Form):
    note = words("Why not")


class DisputeForm(forms.Form):
    reason = words("Why")


class EvidenceForm(forms.Form):
    """A note, a file, or both."""

    text = words("Note", longest=5_000, required=False, help_text="What you have seen, heard or found out, and how.")
    file = forms.FileField(
        label="File",
        required=False,
        widget=UnfoldAdminFileFieldWidget,
        help_text="A picture (JPEG, PNG, WebP), a PDF, a voice note (MP3, OGG, M4A, AMR) or text; 10 MB at most.",
    )


class PauseForm(forms.Form):
    gateway = forms.ChoiceField(
        label="Where",
        required=False,
        choices=[("", "Everywhere"), *((name, f"On {rail.title} only") for name, rail in RAILS.items())],
        widget=UnfoldAdminRadioSelectWidget,
    )
    reason = words("Why", rows=2, longest=200)
