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
    "staff.locked_out": Sentence("Somebody was locked out after wrong passwords", Tone.CARE),
    "staff.lockout_lifted": Sentence("{it.who} let somebody who was locked out try again"),
    "staff.device_reset": Sentence("{it.who} reset somebody's two-factor sign-in", Tone.CARE),
    "export.made": Sentence("{it.who} had a list written to a file"),
    "export.downloaded": Sentence("{it.who} took a list as a file"),
    "phone.revealed": Sentence("{it.who} saw what is masked, and said why", Tone.CARE),
    "message.resent": Sentence("{it.who} had an SMS sent once more"),
    "message.answered": Sentence("{it.who} answered an SMS"),
    "message.closed": Sentence("{it.who} found that an SMS needs no answer"),
    "release.decided": Sentence("{it.who} approved, in the buyer's place: {it.amount} to the seller", Tone.GOOD),
    "refund.decided": Sentence("{it.who} approved, in the seller's place: {it.amount} goes back", Tone.CARE),
    "phone.change_called_off": Sentence("{it.who} called off the new number of the {it.party}", Tone.CARE),
    "pin.reset_called_off": Sentence("{it.who} called off the new PIN of a phone", Tone.CARE),
    "payouts.paused_as_well": Sentence("{it.who} paused {it.stop} as well", Tone.BAD),
    "transfer.asked_by_staff": step("{it.who} had the rail asked at once about {it.move}"),
    "deposit.asked_by_staff": step("{it.who} had the rail asked at once about money paid by hand"),
    "callback.replayed": step("{it.who} had a kept callback worked again"),
    "callback.given_up": Sentence("A callback of {it.rail} could not be made out: a person has to look", Tone.CARE),
    "outbox.stuck": Sentence("We could not tell people of an event, again and again: engineers were told", Tone.BAD),
    "phone.held_back": Sentence("SMS to a phone wait for hours, since it was sent too many", Tone.CARE),
    "float.short": Sentence("Our wallet at {it.rail} holds less than is to leave", Tone.BAD),
    "charges.differ": Sentence("{it.rail} has charged another amount than its tariff says", Tone.CARE),
    "password.old": Sentence("Our password at {it.rail} is old and has to be changed", Tone.CARE),
    "rail.circuit_opened": Sentence("{it.rail} does not answer: it is left alone for a while", Tone.BAD),
    "rail.circuit_closed": Sentence("{it.rail} answers again", Tone.GOOD),
}
