"""How an SMS stands, as staff see it beside its text: ours on its way to people, and theirs to us."""

from django.utils.html import format_html
from django.utils.safestring import SafeString

from notifications.models import Code, InboundMessage, Message, Pin, Standing
from voicepact.kernel.clock import now
from voicepact.kernel.display import Tone, label, veiled

MESSAGE_TONES = {
    Message.Status.QUEUED: Tone.WAITING,
    Message.Status.SENT: Tone.HELD,
    Message.Status.DELIVERED: Tone.GOOD,
    Message.Status.FAILED: Tone.BAD,
    Message.Status.UNKNOWN: Tone.CARE,
    Message.Status.WITHHELD: Tone.CARE,
}
PIN_STATES = {
    Standing.NONE: ("Not set", Tone.WAITING),
    Standing.SET: ("Set", Tone.GOOD),
    Standing.LOCKED: ("Locked", Tone.BAD),
}


def message_status(message: Message) -> SafeString:
    """Its status, and why it failed."""
    shown = label(message.get_status_display(), MESSAGE_TONES[Message.Status(message.status)])
    return format_html("{} {}", shown, veiled(message.failure_reason)) if message.failure_reason else shown


def which_try(message: Message) -> str:
    """Whether it is the first of its text, or who had it sent once more."""
    if message.retry:
        return f"By itself, time {message.retry}"
    return "By staff" if message.original_id else "The first"


def inbound_state(message: InboundMessage) -> SafeString | str:
    """What came of it: whether somebody has to read it, what staff did, or what it was taken for."""
    if message.needs_staff:
        return format_html("{} {}", label("For staff", Tone.CARE), message.result)
    if message.answered_at:
        return label("Answered" if message.answer_id else "Closed", Tone.GOOD)
    return message.result if message.worked_at else label("Waiting", Tone.WAITING)


def pin_state(pin: Pin) -> SafeString:
    """How a phone's PIN stands at this moment, and whether another is to take its place."""
    stands = label(*PIN_STATES[pin.standing])
    return format_html("{} {}", stands, label("Reset, cooling off", Tone.CARE)) if pin.is_cooling else stands


def code_state(code: Code) -> SafeString:
    """What became of a code."""
    if code.end:
        return label(code.get_end_display(), Tone.GOOD if code.end == Code.End.USED else Tone.PLAIN)
    return label("Waiting", Tone.WAITING) if code.expires_at > now() else label("Expired", Tone.PLAIN)
