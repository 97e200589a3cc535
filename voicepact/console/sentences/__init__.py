"""Every kind of event, told to people who are no engineers."""

from contracts.models import Event
from contracts.tables import what
from voicepact.console.sentences import deals, desk, moneys
from voicepact.console.sentences.sentence import Sentence, step
from voicepact.console.sentences.story import Story
from voicepact.console.sentences.telling import Telling

SENTENCES: dict[str, Sentence] = {**deals.SENTENCES, **moneys.SENTENCES, **desk.SENTENCES}


def sentence(event: Event) -> Sentence:
    """How events of this kind are told; of a kind that has no sentence yet, its name."""
    return SENTENCES.get(event.kind) or step(what(event))


def tell(event: Event, story: Story) -> str:
    """What happened, in one sentence without mark-up."""
    return sentence(event).text.format(it=Telling(event, story))
