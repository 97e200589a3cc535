"""Opens every list of the admin: its first pages, a page deep in, each option of each filter, each kind of search."""

import sys
from collections.abc import Iterator

import django

django.setup()

from django.db.models import Count, Model  # noqa: E402
from django.urls import reverse  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.progress import Progress  # noqa: E402
from rich.table import Table  # noqa: E402

from contracts.models import Party  # noqa: E402
from notifications.models import Message  # noqa: E402
from payments.models import Deposit, Payment, Transfer  # noqa: E402
from tests.million.pages import LIMIT_MS, Reading, read, staff  # noqa: E402
from voicepact.kernel.site import site  # noqa: E402

DEEP = 100
MOST_OPTIONS = 16
console = Console(highlight=False, width=None if sys.stdout.isatty() else 160)


def terms() -> dict[str, str]:
    """One search term of each kind, from the middle of the data; the busy phone has more deals than any other."""
    payment = Payment.objects.filter(status="released").order_by("-pk")[1000]
    transfer = payment.transfers.filter(kind=Transfer.Kind.COLLECTION, status="succeeded")[0]
    busy = Party.objects.values("phone").annotate(deals=Count("pk")).order_by("-deals")[0]["phone"]
    return {
        "contract": payment.contract_id,
        "transaction": payment.transaction_id,
        "reference": payment.reference,
        "receipt": transfer.receipt_number,
        "external id": transfer.external_id,
        "transfer": str(transfer.pk),
        "deposit": Deposit.objects.order_by("-pk")[0].receipt_number,
        "message": Message.objects.order_by("-pk")[0].provider_id,
        "phone": f"0{payment.payer_phone[4:7]} {payment.payer_phone[7:]}",
        "busy phone": busy,
        "nonsense": "nobody knows this",
    }


def questions(model: type[Model], page: object, searched: dict[str, str]) -> Iterator[tuple[str, str]]:
    """What else is asked of the list of `model` whose first page is `page`: in words, and as a query."""
    listing = page.context_data["cl"]  # type: ignore[attr-defined]
    yield "page 2", "?p=2"
    yield f"page {DEEP}", f"?p={DEEP}"
    for spec in listing.filter_specs:
        options = [choice for choice in spec.choices(listing) if "query_string" in choice and not choice["selected"]]
        for choice in options[:MOST_OPTIONS]:
            yield f"{spec.title}: {choice['display']}", str(choice["query_string"])
    if site._registry[model].search_fields:
        for kind, term in searched.items():
            yield f"search: {kind}", f"?q={term.replace('+', '%2B').replace(' ', '+')}"


def readings(words: list[str], progress: Progress) -> Iterator[tuple[str, Reading]]:
    client, searched = staff(), terms()
    models = [model for model in site._registry if not words or any(word in model._meta.label for word in words)]
    task = progress.add_task("Opening lists", total=len(models))
    for model in models:
        progress.update(task, description=model._meta.label)
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        first = read(client, address)
        yield f"{model._meta.label}", first
        for asked, query in questions(model, first.page, searched):
            yield f"{model._meta.label} {asked}", read(client, f"{address}{query}")
        progress.advance(task)


def show(found: list[tuple[str, Reading]]) -> None:
    """A table of all, the slowest queries of those that are not good, and the verdict."""
    table = Table("List", "Median ms", "Own ms", "First ms", "Queries", "Counts", title="How fast the lists open")
    for name, reading in found:
        style = "" if reading.is_good else "bold red"
        times = (reading.milliseconds, reading.own, reading.first)
        cells = (*(f"{each:.0f}" for each in times), str(reading.queries))
        table.add_row(name, *cells, "yes" if reading.counts else "", style=style)
    console.print(table)
    bad = [(name, reading) for name, reading in found if not reading.is_good]
    for name, reading in bad:
        console.print(f"\n[bold red]{name}[/] ({reading.status}) {reading.address}")
        console.print(reading.slowest, markup=False, soft_wrap=True)
    slowest = max(reading.milliseconds for _, reading in found)
    console.print(f"\n{len(found)} pages, {len(bad)} not good; the slowest takes {slowest:.0f} of {LIMIT_MS} ms.")


def main() -> int:
    with Progress(console=console, transient=True) as progress:
        found = list(readings(sys.argv[1:], progress))
    show(found)
    return 0 if all(reading.is_good for _, reading in found) else 1


if __name__ == "__main__":
    sys.exit(main())
