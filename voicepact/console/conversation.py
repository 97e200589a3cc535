"""What we told people and what they wrote to us, one after the other, and the deals in which a phone is known."""

from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from django.db.models import QuerySet
from django.utils.safestring import SafeString

from contracts.models import Party
from contracts.tables import contract_status
from notifications.models import InboundMessage, Message
from notifications.tables import inbound_state, message_status
from voicepact.kernel.display import link, one_line, veiled
from voicepact.kernel.phones import mask
from voicepact.kernel.staff import Table

LONGEST = 40
LONGEST_DEALS = 20


@dataclass(frozen=True, slots=True)
class Word:
    """One SMS, `ours` to somebody or somebody's to us."""

    sms: Message | InboundMessage
    ours: bool
    at: datetime
    state: SafeString | str

    @property
    def text(self) -> str:
        return veiled(self.sms.text)

    @property
    def page(self) -> SafeString | str:
        """A link to its page that says from whom to whom it went."""
        party = self.sms.party
        whom = party.get_role_display().lower() if party else mask(self.sms.phone)
        return link(self.sms, f"To {whom}" if self.ours else f"From {whom}")


def words(told: "QuerySet[Message]", heard: "QuerySet[InboundMessage]", *, most: int = LONGEST) -> list[Word]:
    """The last of these messages in both directions, newest first, in two queries."""
    newest_told = told.select_related("party").order_by("-pk")[:most]
    newest_heard = heard.select_related("party").order_by("-pk")[:most]
    ours = (Word(sms, True, sms.created_at, message_status(sms)) for sms in newest_told)
    theirs = (Word(sms, False, sms.received_at, inbound_state(sms)) for sms in newest_heard)
    return sorted(chain(ours, theirs), key=lambda word: word.at, reverse=True)[:most]


def with_phone(phone: str) -> Table:
    """The last messages in both directions with one phone, whichever deal they were about."""
    spoken = words(Message.objects.filter(phone=phone), InboundMessage.objects.filter(phone=phone))
    return Table(
        title="Conversation",
        about="What this phone wrote to us and what we told it, newest first.",
        headers=("At", "Message", "Text", "State"),
        rows=tuple((word.at, word.page, word.text, word.state) for word in spoken),
    )


def deals_of(phone: str) -> Table:
    """The newest deals in which this phone is somebody's."""
    parties = Party.objects.filter(phone=phone).select_related("contract").order_by("-pk")[:LONGEST_DEALS]
    return Table(
        title="Deals of this phone",
        about="Words count only in these. A number that is in no deal is a stranger's.",
        headers=("Contract", "Is the", "Status", "Amount", "Since"),
        rows=tuple(
            (
                link(party.contract, party.contract_id),
                party.get_role_display().lower(),
                contract_status(party.contract),
                one_line(party.contract.money),
                party.contract.created_at,
            )
            for party in parties
        ),
    )
