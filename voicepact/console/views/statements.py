"""A deal on paper: what will be on it is said first, and who prints it is written down."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import localtime

from contracts.models import Contract
from voicepact.console.forms.statements import StatementForm
from voicepact.console.reveals import reveal
from voicepact.console.rights import REVEAL_PHONE, SEE_DEALS
from voicepact.console.statement.printing import print_statement
from voicepact.console.views.files import HEADERS
from voicepact.console.views.pages import allowed, found, page
from voicepact.kernel.clock import now
from voicepact.kernel.models import User


def deal(request: HttpRequest, key: str) -> HttpResponse:
    """Asks what is to be on the statement; then it is a PDF, to keep."""
    user = allowed(request, SEE_DEALS)
    contract = found(Contract, key)
    sent = request.POST if request.method == "POST" else None
    form = StatementForm(sent, may_reveal=user.has_perm(REVEAL_PHONE))
    if form.is_valid():
        return _printed(request, contract, user, form)
    return page(request, "deal_statement", contract, title="Print the statement", form=form)


def _printed(request: HttpRequest, contract: Contract, user: User, form: StatementForm) -> HttpResponse:
    whole = bool(form.cleaned_data.get("whole_numbers"))
    if whole:
        with transaction.atomic():
            for party in contract.parties.all():
                reveal(request, party, shown="number", reason=form.cleaned_data["reason"])
    content = print_statement(contract, by=user, whole_numbers=whole)
    name = f"statement-{contract.pk}-{localtime(now()):%Y-%m-%d}.pdf"
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)
