"""State diagrams in mermaid, from the transitions of the models themselves."""

from typing import Any

from django.db import models
from django_fsm import FSMField

LONGEST_LABEL = 50


def diagram(model: type[models.Model]) -> str:
    """Every transition is an arrow, labelled with what it says of itself, or its name where that is long."""
    field = model._meta.get_field("status")
    assert isinstance(field, FSMField)
    order = [value for value, _ in field.choices]
    arrows = [(str(each.source), str(each.target), _label(each)) for each in field.get_all_transitions(model)]
    arrows.sort(key=lambda arrow: (order.index(arrow[0]), order.index(arrow[1]), arrow[2]))
    ends = [state for state in order if state not in {source for source, _, _ in arrows}]
    return "\n".join(
        [
            "```mermaid",
            "stateDiagram-v2",
            f"    [*] --> {field.default}",
            *(f"    {source} --> {target}: {label}" for source, target, label in arrows),
            *(f"    {state} --> [*]" for state in ends),
            "```",
        ]
    )


def _label(transition: Any) -> str:
    words = (transition.method.__doc__ or "").strip().split("\n")[0].rstrip(".")
    if not words or len(words) > LONGEST_LABEL:
        words = transition.name.replace("_", " ")
    return words.replace("; ", ", ").replace(": ", ", ")
