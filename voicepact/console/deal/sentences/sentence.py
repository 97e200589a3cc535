"""How one kind of event is told."""

from dataclasses import dataclass

from voicepact.kernel.display import Tone


@dataclass(frozen=True, slots=True)
class Sentence:
    """`text` names what it tells as `{it.…}`, the properties of a `Telling`; a `step` matters to engineers only."""

    text: str
    tone: Tone = Tone.PLAIN
    step: bool = False


def step(text: str) -> Sentence:
    """A sentence that repeats for engineers what another tells everybody."""
    return Sentence(text, step=True)
