"""The one search box: it leads to the deal that was meant, or lists those that a phone takes part in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from unfold.dataclasses import SearchResult

from contracts import tables
from voicepact.console.rights import SEE_DEALS
from voicepact.console.search import Deal, Found, find
from voicepact.console.views.pages import allowed, render
from voicepact.kernel.display import address_of, link, one_line
from voicepact.kernel.staff import Table

MOST_SUGGESTED = 8


def search(request: HttpRequest) -> HttpResponse:
    """The page of what was found when that is one row, else a list of deals, or what can be looked for.

    The box posts what is typed, which may be somebody's number: it stands in no address, and so in no proxy's log.
    """
    allowed(request, SEE_DEALS)
    text = (request.POST or request.GET).get("q", "")
    found = find(text)
    if found.only:
        return redirect(address_of(found.only))
    context = {
        "title": _title(found) if text.strip() else "Find a deal",
        "found": found,
        "asked": bool(text.strip()),
        "table": _table(found) if found.deals else None,
    }
    return render(request, "search", context)


def suggestions(request: HttpRequest, text: str) -> list[SearchResult]:
    """The same, for the palette that Ctrl+K opens."""
    if not request.user.has_perm(SEE_DEALS):
        return []
    found = find(text)
    rows = [found.alone] if found.alone else [deal.contract for deal in found.deals[:MOST_SUGGESTED]]
    about = f"Found by {found.by}"
    return [SearchResult(title=str(row), description=about, link=address_of(row), icon="handshake") for row in rows]


def _title(found: Found) -> str:
    if not found.deals:
        return "Nothing found"
    many = f"more than {len(found.deals)}" if found.more else str(len(found.deals))
    return f"Found {many} deals with this {found.by}"


def _table(found: Found) -> Table:
    return Table(
        title="Deals",
        headers=("Contract", "Status", "Amount", "This phone is", "Buyer", "Seller", "Made"),
        rows=tuple(_row(deal) for deal in found.deals),
    )


def _row(deal: Deal) -> tuple[object, ...]:
    contract = deal.contract
    return (
        link(contract, one_line(contract.pk)),
        tables.contract_status(contract),
        one_line(contract.money),
        deal.role,
        tables.person(contract.buyer),
        tables.person(contract.seller),
        contract.created_at,
    )
