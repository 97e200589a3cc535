"""Every kind of event, told to people who are no engineers."""

from contracts.models import Event
from contracts.tables import what
from payments.models import Transfer
from voicepact.console.deal.sentences import deals, desk, moneys
from voicepact.console.deal.sentences.sentence import Sentence, step
from voicepact.console.deal.sentences.story import Story
from voicepact.console.deal.sentences.telling import Telling

SENTENCES: dict[str, Sentence] = {**deals.SENTENCES, **moneys.SENTENCES, **desk.SENTENCES}


def sentence(event: Event) -> Sentence:
    """How events of this kind are told; of a kind that has no sentence yet, its name."""
    return SENTENCES.get(event.kind) or step(what(event))


def is_step(event: Event) -> bool:
    """Whether it matters to engineers only; money that did not leave is told by the event that says it is owed."""
    refused = event.kind == "transfer.failed" and event.payload.get("kind") != Transfer.Kind.COLLECTION
    return refused or sentence(event).step


def tell(event: Event, story: Story) -> str:
    """What happened, in one sentence without mark-up."""
    return sentence(event).text.format(it=Telling(event, story))
