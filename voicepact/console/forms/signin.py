"""What staff type while they sign in, after their password."""

from collections.abc import Callable
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextInputWidget

from voicepact.kernel.twofactor import CodeRefused

LONGEST_CODE = 32


class CodeForm(forms.Form):
    """A code from the app, or a recovery code: `check` returns the device that it is from, or raises CodeRefused."""

    code = forms.CharField(
        label="Code",
        max_length=LONGEST_CODE,
        widget=UnfoldAdminTextInputWidget(
            {"autocomplete": "one-time-code", "autofocus": "", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )

    def __init__(self, *args: Any, check: Callable[[str], Any], **kwargs: Any) -> None:
        self.check, self.device = check, None
        super().__init__(*args, **kwargs)

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        try:
            self.device = self.check(code)
        except CodeRefused as refusal:
            raise forms.ValidationError(refusal.detail) from refusal
        return code
