"""docs/lifecycle.md, put together."""

from collections.abc import Iterator
from pathlib import Path

from contracts.models import Contract
from payments.models import Deposit, Payment, Proposal, Transfer
from tests.lifecycle.diagrams import diagram
from tests.lifecycle.events import EVENTS
from tests.lifecycle.stage import Stage
from tests.lifecycle.states import STATES
from tests.lifecycle.transfers import OUTCOMES, TRANSFER_STATES
from tests.lifecycle.trial import Section, sections

PATH = Path(__file__).parents[2] / "docs" / "lifecycle.md"

INTRODUCTION = """\
# Lifecycle

What happens in every state of a deal, and of a transfer, whatever happens to it. Nobody wrote these tables: a program
brought a deal into each state by the verbs that people, the API, the clock and the rail use, let each event happen to
it, and wrote down what came of it; then it undid that and tried the next. So this is what the product does. Whether
that is right is for the reader to say.

`make lifecycle` tries everything again and writes this file. `tests/test_lifecycle.py` does the same in every run of
the tests and fails when a line differs. The states and events are listed in `tests/lifecycle/`.

How to read it:

- Each table belongs to one state. Above it stands how the deal stands there: payments, money, transfers, and clocks.
- An event that is not in a table cannot happen there: there is no such prompt, payout, dispute or timer, or the rail
  is not asked.
- `nothing` with a code is a refusal with that code. `nothing` alone: it was said before, or is so already.
- The deal is about KES 350,000, which M-Pesa carries as 250,000 and 100,000; in the tables of transfers about 1,000.
- In the tables of deals, money on its way out is refused first by a callback, and then by the rail's own answer.
- `recorded` names what the audit trail says besides.
- After every event that moved money the books were checked, and after every event whether somebody or something still
  waits for the money that is held.
"""

MODELS = (Contract, Payment, Transfer, Proposal, Deposit)


def document(stage: Stage) -> str:
    deals, transfers = sections(stage, STATES, EVENTS), sections(stage, TRANSFER_STATES, OUTCOMES)
    return "\n".join([INTRODUCTION, *_diagrams(), *_broken(deals + transfers), *_deals(deals), *_transfers(transfers)])


def _diagrams() -> Iterator[str]:
    yield "## The states\n\nFrom the transitions in the models; the database refuses any other.\n"
    for model in MODELS:
        yield f"### {model.__name__}\n\n{diagram(model)}\n"


def _broken(tried: list[Section]) -> Iterator[str]:
    """Promises that an event broke."""
    yield "## Broken promises\n"
    found = [
        f"- {section.state.heading}, {section.state.name}: **{row.event}**: {fault}"
        for section in tried
        for row in section.rows
        for fault in row.faults
    ]
    yield "\n".join(found or ["None."]) + "\n"


def _deals(tried: list[Section]) -> Iterator[str]:
    yield "## Deals\n"
    yield from _tables(tried, title="`{}`")


def _transfers(tried: list[Section]) -> Iterator[str]:
    yield "## Transfers\n"
    yield from _tables(tried, title="{}")


def _tables(tried: list[Section], *, title: str) -> Iterator[str]:
    heading = ""
    for section in tried:
        if section.state.heading != heading:
            heading = section.state.heading
            yield f"### {title.format(heading)}\n"
        yield f"#### {title.format(heading)}: {section.state.name}\n\n{section.standing}\n"
        yield "| event | becomes | what follows |\n|---|---|---|"
        for row in section.rows:
            yield f"| {row.event} | {row.becomes} | {row.follows} |"
        yield ""
