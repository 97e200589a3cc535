"""What every rule stands on: the books, the clock and the others that keep them."""

from dataclasses import dataclass

from voicepact.simulator.books import Books
from voicepact.simulator.certificate import Certificate
from voicepact.simulator.config import Config
from voicepact.simulator.faults import FaultBox
from voicepact.simulator.jobs import Clock, Jobs
from voicepact.simulator.mail import Mail
from voicepact.simulator.movements import Movements
from voicepact.simulator.purses import Purses
from voicepact.simulator.queueing import Queue


@dataclass(frozen=True, slots=True)
class Ground:
    config: Config
    clock: Clock
    books: Books
    certificate: Certificate
    faults: FaultBox
    jobs: Jobs
    mail: Mail
    queue: Queue
    purses: Purses
    movements: Movements
