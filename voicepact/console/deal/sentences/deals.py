"""What buyer, seller and the clock do about a deal, in sentences."""

from voicepact.console.deal.sentences.sentence import Sentence, step
from voicepact.kernel.display import Tone

SENTENCES = {
    "contract.drafted": Sentence("{it.who} drafted the deal, for {it.amount}"),
    "contract.confirmed": Sentence("Everybody has agreed: the buyer may pay", Tone.GOOD),
    "contract.delivered": step("The deal counts as delivered"),
    "contract.completed": Sentence("The deal is completed: the seller is to be paid", Tone.GOOD),
    "contract.cancelled": Sentence("The deal is off: whatever came in goes back", Tone.BAD),
    "contract.expired": Sentence("The deal is over, because {it.expired}: whatever came in goes back", Tone.BAD),
    "cancellation.asked": Sentence("{it.who} asked to call the deal off{it.by}: the seller has to consent", Tone.CARE),
    "party.agreed": Sentence("The {it.party} agreed{it.by}", Tone.GOOD),
    "delivery.short": Sentence("The seller said{it.by} that only {it.quantity} came", Tone.CARE),
    "party.declined": Sentence("The {it.party} declined the deal{it.by}", Tone.BAD),
    "party.delivered": Sentence("The {it.party} said{it.by}: delivered", Tone.GOOD),
    "party.accepted": Sentence("The {it.party} accepted the delivery{it.by}", Tone.GOOD),
    "party.cancelled": Sentence("The {it.party} called the deal off{it.by}", Tone.BAD),
    "party.reminded": Sentence("We reminded the {it.party} to {it.what}"),
    "seller.warned": Sentence("We warned the seller that the money goes back on {it.moment}", Tone.CARE),
    "deadline.moved": Sentence("We put off {it.timer} to {it.moment}, because {it.moved}", Tone.CARE),
    "dispute.opened": Sentence(
        "{it.who} opened a dispute{it.by}{it.said}; while it is open, nothing is paid", Tone.BAD
    ),
    "dispute.evidence_added": Sentence("{it.who} brought forward {it.brought}{it.by}{it.said}"),
    "dispute.answered": Sentence("The {it.party} has answered the dispute", Tone.GOOD),
    "dispute.unanswered": Sentence("The other side did not answer the dispute in time", Tone.CARE),
    "dispute.undecided": Sentence("Staff did not decide the dispute in time: somebody on call was told", Tone.BAD),
    "dispute.withdrawal_asked": Sentence("We asked the {it.party} by SMS whether to withdraw the dispute"),
    "dispute.withdrawn": Sentence("The dispute is over: {it.ending}", Tone.GOOD),
    "dispute.resolved": Sentence("{it.who} approved, and the dispute was {it.ending}: {it.shares}", Tone.GOOD),
    "pin.set": Sentence("A phone got its PIN, after a code that we had sent to it"),
    "pin.reset_asked": Sentence("A phone gets another PIN, which counts from {it.moment} on", Tone.CARE),
    "pin.locked": Sentence("Wrong PINs on the {it.party}'s phone: its PIN is locked until {it.moment}", Tone.CARE),
    "phone.change_agreed": Sentence("The {it.party} gets another phone, which counts from {it.moment} on", Tone.CARE),
    "phone.changed": Sentence("The {it.party}'s new phone counts from now on", Tone.CARE),
}
