"""Where deals are tried: the rail, the clock and the client that they live by, and a way to undo what was tried."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from payments.tests.conftest import forget_rails
from payments.tests.rail import Rail
from voicepact.kernel import redis
from voicepact.kernel.clock import now
from voicepact.kernel.models import User
from voicepact.kernel.tests.caller import Caller


@dataclass(frozen=True)
class Stage:
    """`rail` answers over HTTP, `move_to` sets the clock, `caller` is the REST client whose deals all are."""

    rail: Rail
    move_to: Callable[[datetime], None]
    caller: Caller
    staff: tuple[User, User]

    @property
    def owner(self) -> User:
        owner: User = self.caller.key.user
        return owner

    def wait_until(self, moment: datetime) -> None:
        """It is `moment`, if that has not passed."""
        self.move_to(max(now(), moment))

    @contextmanager
    def undone(self) -> Generator[None]:
        """What happens inside has not happened: in the database, on the clock, and to the rail's circuits."""
        moment, asked = now(), len(self.rail.asked)
        try:
            with transaction.atomic():
                yield
                transaction.set_rollback(True)
        finally:
            self.move_to(moment)
            if len(self.rail.asked) > asked:
                forget_rails(redis.client())
