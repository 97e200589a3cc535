"""A deal's statement is printed: written down in the deal's own chain first, so that the paper names that entry."""

from django.db import transaction

from contracts import audit
from contracts.models import Chain, Contract
from payments.approvals import staff_actor
from voicepact.console.statement.facts import Grid, Section, sections, when
from voicepact.console.statement.paper import lay_out
from voicepact.kernel.clock import now
from voicepact.kernel.models import User

PRINTED = "statement.printed"


def print_statement(contract: Contract, *, by: User, whole_numbers: bool = False) -> bytes:
    """The statement as a PDF, of the deal as it is now; that `by` printed it is the last entry of its chain."""
    payload = {"numbers": "whole" if whole_numbers else "masked"}
    with transaction.atomic():
        event = audit.record(PRINTED, contract=contract, actor=staff_actor(by), payload=payload)
    printed = when(event.at)
    lines = (
        f"Printed on {printed}, Nairobi time (UTC+3), by {by}, as entry {event.serial} of the deal.",
        "It tells what VoicePact's records hold about this deal at that moment.",
    )
    parts = [*sections(contract, whole_numbers=whole_numbers), _proof(contract)]
    foot = f"VoicePact · statement of deal {contract.pk} · printed on {printed}"
    return lay_out(f"Statement of deal {contract.pk}", lines, parts, foot=foot)


def _proof(contract: Contract) -> Section:
    """What somebody who doubts the paper compares with the records themselves."""
    faults = tuple(audit.verify(contract.pk))
    chain = Chain.objects.get(pk=contract.pk)
    verdict = (
        "THE RECORDS DO NOT HOLD: " + "; ".join(faults)
        if faults
        else f"All {chain.serial} entries stand unchanged, in their order, and are signed by VoicePact."
    )
    rows = (
        ("Verified", when(now())),
        ("Result", verdict),
        ("Entries", str(chain.serial)),
        ("Hash of the last entry", chain.head),
        ("Hash of the contract", contract.contract_hash),
    )
    about = (
        "Each entry of the records is hashed (SHA-256) over the one before it and signed (Ed25519): "
        "an entry that is changed, removed or put in later is found. "
        "\N{WHITE SQUARE} stands for a letter that this paper cannot show."
    )
    return Section("Proof", (about,), (Grid(("", ""), rows, (0.28, 0.72)),))
