"""What staff and the machinery do, in sentences."""

from voicepact.console.deal.sentences.sentence import Sentence, step
from voicepact.kernel.display import Tone

SENTENCES = {
    "proposal.made": Sentence("{it.who} proposed: {it.proposal}{it.because}", Tone.WAITING),
    "proposal.approved": Sentence("{it.who} approved: {it.proposal}", Tone.GOOD),
    "proposal.rejected": Sentence("{it.who} rejected: {it.proposal}{it.note}", Tone.CARE),
    "proposal.expired": Sentence("Nobody decided in time: {it.proposal}", Tone.CARE),
    "payouts.stopped": Sentence("{it.who} stopped {it.stop}: {it.reason}", Tone.BAD),
    "payouts.resumed": Sentence("{it.who} let {it.stop} leave again", Tone.GOOD),
    "statement.printed": Sentence("{it.who} printed the statement of the deal"),
    "callback.replayed": step("{it.who} had a kept callback worked again"),
    "callback.given_up": Sentence("A callback of {it.rail} could not be made out: a person has to look", Tone.CARE),
    "outbox.stuck": Sentence("We could not tell people of an event, again and again: engineers were told", Tone.BAD),
    "float.short": Sentence("Our wallet at {it.rail} holds less than is to leave", Tone.BAD),
    "charges.differ": Sentence("{it.rail} has charged another amount than its tariff says", Tone.CARE),
    "password.old": Sentence("Our password at {it.rail} is old and has to be changed", Tone.CARE),
    "rail.circuit_opened": Sentence("{it.rail} does not answer: it is left alone for a while", Tone.BAD),
    "rail.circuit_closed": Sentence("{it.rail} answers again", Tone.GOOD),
}
