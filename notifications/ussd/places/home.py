"""The first screen, with what waits for a word on top; the list of deals, the language, help."""

from contracts import contact
from notifications.gsm import cut
from notifications.ussd import deals, resuming
from notifications.ussd.deals import Deal
from notifications.ussd.labels import label
from notifications.ussd.screens import Option, Screen
from notifications.ussd.states import HOME, Step
from notifications.ussd.visits import Elsewhere, Visit

MOST_WAITING = 2
LONGEST_PRODUCT = 9


def home(visit: Visit) -> Screen:
    """What waits for this phone's word or is its own dispute, at most two deals, and the menu."""
    found = deals.of(visit.phone)
    waiting = [deal for deal in found if deal.waits_for or deal.is_opener][:MOST_WAITING]
    options = [Option(f"{deal.id} {label(deal.hint, visit.language)}", Step("deal", deal.id)) for deal in waiting]
    if found:
        options.append(visit.option("deals", Step("deals")))
    options += [
        visit.option("sell", Step("sell")),
        visit.option("language", Step("language")),
        visit.option("help", Step("help")),
    ]
    return Screen("home", options=tuple(options))


def resume(visit: Visit) -> Screen:
    """Whether to go on with the call that broke off."""
    here = visit.here
    on = Step("continue", here.deal, notes={"session": here.notes["session"]})
    if here.deal:
        return Screen("resume", options=(visit.option("continue", on, deal=here.deal),))
    return Screen("resume", options=(visit.option("continue_selling", on),))


def go_on(visit: Visit) -> Elsewhere:
    """Where the call before broke off, with fresh data; home, if that call has come to its end meanwhile."""
    there = resuming.take_over(visit.session, int(visit.here.notes["session"]))
    return Elsewhere(there) if there else Elsewhere((Step(HOME),), "finished")


def mine(visit: Visit) -> Screen:
    """All deals of the phone, with what each waits for."""
    found = deals.of(visit.phone)
    return Screen("deals", options=tuple(Option(_line(deal, visit.language), Step("deal", deal.id)) for deal in found))


def _line(deal: Deal, language: str) -> str:
    return f"{deal.id} {cut(deal.names(language)['product'], LONGEST_PRODUCT)} {label(deal.hint, language)}"


def other_language(visit: Visit) -> Elsewhere:
    """The other language, at once and in every deal of this phone."""
    visit.session.language = "en" if visit.language == "sw" else "sw"
    contact.speaks(visit.phone, visit.language)
    return Elsewhere((Step(HOME),))


def help_(visit: Visit) -> Screen:
    return Screen("help")
