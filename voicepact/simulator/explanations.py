"""What the page of phones says about the numbers with a fixed fate and about the faults, in a sentence each."""

from dataclasses import dataclass

from voicepact.simulator.faults import LONGEST_DELAY_S


@dataclass(frozen=True, slots=True)
class Fate:
    """What happens to a keyed number where it pays, and where it is paid; one that is just paid has no words."""

    msisdn: str
    name: str
    paying: str
    paid: str = ""

    @property
    def spoken(self) -> str:
        """The number as people write it: 0711 000 000."""
        return f"0{self.msisdn[3:6]} {self.msisdn[6:9]} {self.msisdn[9:]}"


@dataclass(frozen=True, slots=True)
class FaultWords:
    """`highest` is in the unit of the fault: the share of cases that it strikes, or seconds."""

    name: str
    title: str
    sentence: str
    highest: int = 1


FATES = (
    Fate("254711000000", "Pays", "Approves by itself; the money is locked.", "Paid at once."),
    Fate("254711000001", "Has no money", "Fails: insufficient funds.", "Refused (2040): the money stays owed."),
    Fate("254711000002", "Does not answer", "Fails: nobody answers.", "The result is lost: found by asking."),
    Fate("254711000003", "Cancels", "Fails: cancelled on the phone."),
    Fate("254711000004", "Mistypes the PIN", "Fails: wrong PIN."),
    Fate("254711000005", "Pays, unheard", "The callback is lost: locked by asking.", "Queue time-out, then paid."),
    Fate("254711000006", "Pays, heard late", "The callback comes after 6 minutes."),
    Fate("254711000007", "Pays, heard thrice", "The callback comes three times: locked once."),
    Fate("254711000008", "Pays after all", "Fails first; a minute later the money comes and is sent back."),
    Fate("254711000009", "Pays, with a lie", "The callback states another amount: a person is asked."),
    Fate("254711000010", "Pays, answer lost", "Nobody hears whether the prompt rang; the callback tells."),
)

FAULTS = (
    FaultWords("drop_callback", "Lost callbacks", "M-Pesa's word about a payment never arrives."),
    FaultWords("duplicate_callback", "Double callbacks", "The same word arrives twice."),
    FaultWords("reorder", "Overtaking", "A callback is held back so that later ones overtake it."),
    FaultWords("delay_callback_s", "Delay", "Seconds that every callback comes later.", LONGEST_DELAY_S),
    FaultWords("lose_ack", "Lost answers", "A request is worked, and its answer is cut off."),
    FaultWords("query_noise", "Empty answers", "A question about a payment is answered with nothing."),
    FaultWords("http_500", "Server errors", "A request is refused before anything is done."),
    FaultWords("spike_arrest", "Too many at once", "A request is refused as if too many had come."),
    FaultWords("queue_timeout", "Queue time-outs", "A payout is called late before it is made."),
    FaultWords("forge", "Forgeries", "A stranger sends a false callback beside the true one."),
    FaultWords("c2b_for_prompts", "Told twice", "A prompt's money is told of again, as if paid by hand."),
)
