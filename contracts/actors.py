"""Who did something, in words: events hold ids that name no person (`party:7`, `staff:2`), and staff read names."""

from collections.abc import Iterable, Mapping

from contracts.models import Party
from voicepact.kernel.models import User

WORDS = {"clock": "The clock", "command": "A command on the server"}
PHONE = "A phone"


def names(actors: Iterable[str]) -> dict[str, str]:
    """The words for each of these ids, in at most two queries however many there are: a member of staff by name, a
    client by its own, a party by role."""
    wanted = set(actors)
    people = {str(user.pk): str(user) for user in User.objects.filter(pk__in=_keys(wanted, "staff", "client"))}
    parties = Party.objects.filter(pk__in=_keys(wanted, "party"))
    roles = {str(party.pk): party.get_role_display() for party in parties}
    return {actor: _words(actor, people, roles) for actor in wanted}


def name(actor: str) -> str:
    """The words for one id."""
    return names([actor])[actor]


def _keys(actors: Iterable[str], *kinds: str) -> set[int]:
    parts = (actor.partition(":") for actor in actors)
    return {int(key) for kind, _, key in parts if kind in kinds and key.isdecimal()}


def _words(actor: str, people: Mapping[str, str], roles: Mapping[str, str]) -> str:
    """Somebody who is not there any more keeps the number."""
    kind, _, key = actor.partition(":")
    known = {"staff": people, "party": roles}.get(kind, {})
    if kind == "client":
        return f"Client {people.get(key, key)}"
    if kind == "phone":
        return PHONE
    return known.get(key) or WORDS.get(actor) or (key if kind == "rail" else f"{kind} {key}").strip().capitalize()
