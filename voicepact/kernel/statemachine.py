"""What keeps a state field from changing except by its own transitions.

In Python django-fsm does it (`FSMField(protected=True)`); a QuerySet cannot walk round it; and the database has a
trigger that is made from the same transitions, so that the two cannot disagree.
"""

from typing import TYPE_CHECKING, Any, TypeVar

import pgtrigger
from django.db import models
from django_fsm import ConcurrentTransitionMixin, FSMField

M = TypeVar("M", bound=models.Model)


if TYPE_CHECKING:

    class StateMachine(models.Model):
        """What mypy is to see of the mixin below, whose declared base it cannot follow."""

        class Meta:
            abstract = True
else:
    StateMachine = ConcurrentTransitionMixin  # a save is refused when the state was changed by somebody else meanwhile


class GuardedQuerySet(models.QuerySet[M]):
    """A QuerySet whose `update()` refuses state fields."""

    def update(self, **fields: Any) -> int:
        for name in fields:
            if isinstance(self.model._meta.get_field(name), FSMField):
                raise TypeError(f"{self.model.__name__}.{name} changes by its transitions only")
        return super().update(**fields)


def guard(model: type[models.Model]) -> None:
    """From here on the database refuses every change of `model.status` that is not a transition of the model."""
    field = model._meta.get_field("status")
    assert isinstance(field, FSMField)
    arrows = sorted({(str(t.source), str(t.target)) for t in field.get_all_transitions(model)})
    pgtrigger.register(pgtrigger.FSM(name="state_machine", field="status", transitions=arrows))(model)
