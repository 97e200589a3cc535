"""What staff say before a deal's statement is printed."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldBooleanSwitchWidget

from voicepact.console.forms.base import words


class StatementForm(forms.Form):
    whole_numbers = forms.BooleanField(
        label="With whole phone numbers",
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text="Else they are masked. Each number that is shown is written down, with your reason.",
    )
    reason = words("Why the whole numbers are needed", rows=2)

    def __init__(self, *args: Any, may_reveal: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = False
        if not may_reveal:
            del self.fields["whole_numbers"], self.fields["reason"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("whole_numbers") and not cleaned.get("reason"):
            self.add_error("reason", "Say why: it is kept with every number that is shown.")
        return cleaned
