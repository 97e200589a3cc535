"""How the money of a deal moves, in sentences."""

from voicepact.console.deal.sentences.sentence import Sentence, step
from voicepact.kernel.display import Tone

SENTENCES = {
    # --- the whole ----------------------------------------------------------------------------------------------------
    "payment.opened": Sentence("{it.who} asked for the buyer's payment of {it.amount}{it.by}"),
    "payment.locked": Sentence("The whole amount is in escrow", Tone.HELD),
    "payment.secured": Sentence(
        "{it.rail} has confirmed all of it: the money is safe, and the seller may deliver", Tone.HELD
    ),
    "payment.released": Sentence("All is paid: the seller has {it.moved_all}", Tone.GOOD),
    "payment.refunded": Sentence("All is given back: the buyer has {it.moved_all}", Tone.CARE),
    "payment.failed": Sentence("The payment failed: {it.reason}", Tone.BAD),
    "payout.delayed": Sentence("The money has to wait, because {it.why}", Tone.CARE),
    # --- one amount ---------------------------------------------------------------------------------------------------
    "collection.received": Sentence("{it.Move} received{it.receipt}{it.so_far}{it.unwanted}", Tone.GOOD),
    "collection.confirmed": Sentence("{it.rail} confirmed {it.move}", Tone.GOOD),
    "collection.late": Sentence(
        "{it.Move} came in after all, although {it.rail} had said that it would not", Tone.CARE
    ),
    "payout.arrived": Sentence("{it.Move} arrived{it.receipt}{it.so_far}", Tone.GOOD),
    "payout.owed": Sentence("{it.Move} did not get through: {it.reason}; it is held again, and owed", Tone.BAD),
    "refund.arrived": Sentence("{it.Move} arrived{it.receipt}", Tone.GOOD),
    "refund.asked": Sentence("{it.who} asked to give {it.amount} back{it.by}: staff have to propose it", Tone.CARE),
    "refund.owed": Sentence("{it.Move} did not get through: {it.reason}; it is held again, and owed", Tone.BAD),
    "reversal.arrived": Sentence("{it.Move} arrived{it.receipt}", Tone.GOOD),
    "reversal.owed": Sentence("{it.Move} did not get through: {it.reason}; it is held again, and owed", Tone.BAD),
    "transfer.requested": step("{it.Move} was requested"),
    "transfer.submitted": step("{it.rail} has taken the request for {it.move}"),
    "transfer.failed": Sentence("{it.Move} did not happen: {it.reason}", Tone.BAD),
    "transfer.unknown": Sentence(
        "Nobody can tell yet whether {it.move} has moved ({it.why}): {it.rail} is asked", Tone.CARE
    ),
    "transfer.quarantined": Sentence(
        "{it.Move} is in quarantine: {it.rail}'s word does not fit it ({it.why})", Tone.BAD
    ),
    "transfer.contradicted": Sentence("{it.rail} says that {it.move} was paid, which it had refused before", Tone.BAD),
    "transfer.needs_person": Sentence(
        "{it.rail} does not tell what became of {it.move}: a person has to find out", Tone.BAD
    ),
    "transfer.marked": Sentence("{it.who} approved what was said of {it.move}: {it.marked}", Tone.CARE),
    # --- paid by hand -------------------------------------------------------------------------------------------------
    "deposit.told": step("{it.rail} told of a payment by hand of {it.deposit}, and is asked whether it is true"),
    "deposit.refuted": Sentence("{it.rail} knows nothing of the payment by hand of {it.deposit}", Tone.CARE),
    "deposit.amount_differs": Sentence(
        "{it.rail} confirmed another amount than {it.deposit}: {it.confirmed}", Tone.CARE
    ),
    "deposit.returned": Sentence("The payment by hand of {it.deposit} went back to whoever paid it", Tone.GOOD),
    "suspense.used": Sentence("{it.deposit}, paid by hand, fits nothing and waits for staff", Tone.CARE),
    "suspense.matched": Sentence("{it.deposit}, paid by hand, was found to belong to this deal", Tone.GOOD),
    "suspense.owed": Sentence("The payment by hand of {it.deposit} could not be given back: {it.reason}", Tone.BAD),
    "suspense.returned": Sentence("{it.deposit}, paid by hand, is on its way back to whoever paid it"),
}
