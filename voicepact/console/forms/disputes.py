"""What staff add to a dispute of what they know."""

from django import forms
from unfold.widgets import UnfoldAdminFileFieldWidget

from voicepact.console.forms.base import words


class EvidenceForm(forms.Form):
    """A note, a file, or both."""

    text = words("Note", longest=5_000, required=False, help_text="What you have seen, heard or found out, and how.")
    file = forms.FileField(
        label="File",
        required=False,
        widget=UnfoldAdminFileFieldWidget,
        help_text="A picture (JPEG, PNG, WebP), a PDF, a voice note (MP3, OGG, M4A, AMR) or text; 10 MB at most.",
    )
