"""In which format a list is wanted."""

from django import forms
from unfold.widgets import UnfoldAdminRadioSelectWidget

from voicepact.console.models import Export


class ExportForm(forms.Form):
    format = forms.ChoiceField(
        choices=Export.Format.choices,
        widget=UnfoldAdminRadioSelectWidget(),
        initial=Export.Format.XLSX,
        help_text="Excel opens both. Take CSV for very long lists and for other programs.",
    )
