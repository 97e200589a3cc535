"""What staff say before something veiled is shown to them."""

from django import forms

from voicepact.console.forms.base import words


class RevealForm(forms.Form):
    reason = words("Why", rows=2, longest=200, help_text="It is kept with your name, this moment and your address.")
