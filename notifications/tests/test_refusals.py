"""Whatever a party's command can be refused for is told in both languages, and short enough for a USSD screen."""

import ast
import importlib
import inspect
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

from contracts import errors as of_contracts
from contracts.models import Contract, Party
from notifications import commands, refusals, texts
from notifications.commands import Command
from notifications.gsm import ALPHABET
from notifications.tests.test_texts import LANGUAGES, LONGEST, SOURCES
from payments import errors as of_payments
from tests.factories import drafted
from voicepact.kernel.errors import Refusal

Function = Callable[..., Any]
ALL = {name for name in SOURCES["en"] if name.startswith("refused")}
CHOICES = [{"role": role, "verb": verb} for role in Party.Role for verb in ("DELIVERED", "ACCEPT", "CANCEL")]


# --- which refusals a command can meet: read off the code itself ------------------------------------------------------


def functions_from(start: Function) -> set[Function]:
    """The function, and every one of contracts and payments that it may come to call."""
    found: set[Function] = set()
    waiting = [start]
    while waiting:
        function = inspect.unwrap(waiting.pop())
        if function not in found:
            found.add(function)
            waiting += _called(function)
    return found


def _called(function: Function) -> Iterator[Function]:
    for node in ast.walk(_tree(function)):
        name = _resolved(node.func, function) if isinstance(node, ast.Call) else None
        if inspect.isfunction(name) and name.__module__.startswith(("contracts", "payments", "notifications.commands")):
            yield name


def raised_in(function: Function) -> Iterator[type[Refusal]]:
    """The refusals that this function itself names, to raise them."""
    for node in ast.walk(_tree(function)):
        named = _resolved(node, function) if isinstance(node, ast.Name) else None
        if inspect.isclass(named) and issubclass(named, Refusal) and named is not Refusal:
            yield named


def _tree(function: Function) -> ast.AST:
    return ast.parse(inspect.getsource(function).lstrip())


def _resolved(node: ast.AST, function: Function) -> Any:
    """What the name, or the name in a module, stands for where the function is written."""
    if isinstance(node, ast.Name):
        return inspect.unwrap(function).__globals__.get(node.id)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        module = inspect.unwrap(function).__globals__.get(node.value.id)
        return getattr(module, node.attr, None) if isinstance(module, ModuleType) else None
    return None


REACHABLE: set[type[Refusal]] = {
    refusal
    for handler in commands.HANDLERS.values()
    for function in functions_from(handler)
    for refusal in raised_in(function)
}


def test_the_code_is_read_down_to_where_it_refuses():
    named = {refusal.__name__ for refusal in REACHABLE}
    assert named >= {"WrongState", "NotAParty", "PaymentPending", "RailUnavailable", "EvidenceFull", "AlreadyReleased"}
    assert named.isdisjoint({"ContractInvalid", "NotInSuspense", "ApproverIsProposer"})


@pytest.mark.parametrize("refusal", sorted(REACHABLE, key=str))
def test_every_refusal_that_a_command_can_meet_has_its_text_in_both_languages(refusal):
    told = set(refusals.BY_STATE.values()) if refusal.code in refusals.OF_STATES else {refusals.BY_CODE[refusal.code]}

    assert all(name in SOURCES[language] for name in told for language in LANGUAGES)


def test_every_state_has_its_words():
    assert set(refusals.BY_STATE) == set(Contract.Status)


def test_no_text_is_for_a_refusal_that_does_not_exist():
    modules = [importlib.import_module(module.__name__) for module in (of_contracts, of_payments)]
    codes = {one.code for module in modules for _, one in inspect.getmembers(module, inspect.isclass)}
    assert {*refusals.BY_CODE, *refusals.OF_STATES} <= codes


# --- what is read -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(ALL))
@pytest.mark.parametrize("choice", CHOICES)
def test_a_refusal_is_short_enough_for_a_screen_and_begins_with_its_deal(name, language, choice):
    text = texts.render(name, language=language, **LONGEST | choice)

    assert len(text) <= refusals.LONGEST
    assert set(text) <= ALPHABET
    assert text.startswith(LONGEST["deal"])


@pytest.mark.django_db
def test_a_refusal_without_words_of_its_own_says_that_nothing_has_changed():
    contract = drafted()
    command = Command("YES", contract.buyer, "")

    said = refusals.words(Refusal("Something that nobody has thought of."), command)

    assert said == texts.render("refused", language="en", deal=contract.pk)
    assert "Nothing has changed" in said


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "word"), [("en", "YES-"), ("sw", "NDIYO-")])
def test_a_refusal_is_in_the_language_of_whoever_reads_it(language, word):
    contract = drafted()
    party = contract.seller
    party.language = language

    said = refusals.words(of_contracts.WrongState("not yet"), Command("DELIVERED", party, ""))

    assert f"{word}{contract.pk}" in said
