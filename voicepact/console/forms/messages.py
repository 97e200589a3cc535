"""What staff write to people, and say when they send an SMS again or leave one without an answer."""

from django import forms

from notifications import answering
from notifications.errors import UnfitAnswer
from notifications.gsm import TWO_SMS
from voicepact.console.forms.base import words


class ResendForm(forms.Form):
    reason = words("Why", rows=2, longest=200, help_text="Who asked for it, or what you have seen.")


class CloseForm(forms.Form):
    reason = words("Why it needs no answer", rows=2, longest=200)


class AnswerForm(forms.Form):
    text = words(
        "Your answer",
        rows=4,
        help_text=f"Two SMS at most: {TWO_SMS} characters. No links and no phone numbers.",
    )

    def clean_text(self) -> str:
        try:
            return answering.fit(self.cleaned_data["text"])
        except UnfitAnswer as refusal:
            raise forms.ValidationError(refusal.detail) from refusal
