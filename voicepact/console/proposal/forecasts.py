"""What a decision would come to, shown while it is still being thought about: by the rules that carry it out."""

from dataclasses import dataclass

from payments.models import Proposal
from voicepact.console.proposal.plans import Plan, plan
from voicepact.console.proposal.rehearsal import Told, told
from voicepact.kernel.errors import Refusal


@dataclass(frozen=True, slots=True)
class Forecast:
    """Who gets what and is told what, or why it cannot be; neither before anything is chosen."""

    plan: Plan | None = None
    told: tuple[Told, ...] = ()
    refusal: str = ""


def forecast(proposal: Proposal) -> Forecast:
    """Of a decision, saved or not."""
    try:
        return Forecast(plan(proposal), tuple(told(proposal)))
    except Refusal as refusal:
        return Forecast(refusal=refusal.detail)
