"""The lists that wait for a person, as one member of staff may see and work them."""

from dataclasses import dataclass

from django.http import HttpRequest

from voicepact.console.front import waiting
from voicepact.console.front.figures import Figures
from voicepact.console.rights import APPROVE
from voicepact.kernel.clock import now
from voicepact.kernel.display import Tone, span


@dataclass(frozen=True, slots=True)
class Item:
    """A list that waits for a person."""

    title: str
    about: str
    count: int
    address: str
    icon: str
    tone: Tone

    @property
    def number(self) -> str:
        return f"{self.count:,}"


def worklist(request: HttpRequest, figures: Figures) -> list[Item]:
    items: list[Item] = []
    for each in waiting.LISTS:
        if not request.user.has_perm(_view_right(each.label)):
            continue
        if each.key == waiting.PROPOSALS:
            items += _proposals(request, figures, each)
        else:
            count = figures.waiting.get(each.key, 0)
            items.append(Item(each.title, _about(each, figures), count, each.address, each.icon, each.tone))
    return items


def _view_right(name: str) -> str:
    app, _, model = name.lower().partition(".")
    return f"{app}.view_{model}"


def _about(each: waiting.Waiting, figures: Figures) -> str:
    if each.key != waiting.DISPUTES or figures.decision_due_at is None:
        return each.about
    left = span(now(), figures.decision_due_at)
    return f"The next decision is due in {left}." if figures.decision_due_at > now() else "A decision is due now."


def _proposals(request: HttpRequest, figures: Figures, each: waiting.Waiting) -> list[Item]:
    """Others' proposals and one's own apart: nobody approves their own."""
    own = figures.proposals.get(str(request.user.pk), 0)
    others = sum(figures.proposals.values()) - own
    decides = request.user.has_perm(APPROVE)
    title = "Proposals for you to decide" if decides else "Proposals of others"
    about = "Read what happens, then approve or reject." if decides else each.about
    return [
        Item(title, about, others, f"{each.address}&by=others", each.icon, each.tone),
        Item("Your own proposals", each.about, own, f"{each.address}&by=me", each.icon, Tone.WAITING),
    ]
