"""Where each state of a deal stands in its picture, and each line: lying where there is room, upright on a phone."""

from dataclasses import dataclass

from contracts.models import Contract

Status = Contract.Status
Way = tuple[Status, Status]
Ends = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Plan:
    """`view` is the part of the plane that is seen; a box's centre is given, and a line's two ends."""

    name: str
    view: str
    centres: dict[Status, tuple[int, int]]
    lines: dict[Way, Ends]


LYING = Plan(
    name="lying",
    view="0 10 780 282",
    centres={
        Status.PENDING: (70, 150),
        Status.CONFIRMED: (230, 150),
        Status.PAYMENT_LOCKED: (390, 150),
        Status.DELIVERED: (550, 150),
        Status.COMPLETED: (710, 150),
        Status.DISPUTED: (470, 40),
        Status.CANCELLED: (470, 262),
        Status.EXPIRED: (150, 262),
    },
    lines={
        (Status.PENDING, Status.CONFIRMED): (132, 150, 162, 150),
        (Status.PENDING, Status.EXPIRED): (80, 172, 122, 234),
        (Status.PENDING, Status.CANCELLED): (104, 172, 402, 252),
        (Status.CONFIRMED, Status.PAYMENT_LOCKED): (292, 150, 322, 150),
        (Status.CONFIRMED, Status.EXPIRED): (220, 172, 180, 234),
        (Status.CONFIRMED, Status.CANCELLED): (252, 172, 412, 238),
        (Status.PAYMENT_LOCKED, Status.DELIVERED): (452, 150, 482, 150),
        (Status.PAYMENT_LOCKED, Status.DISPUTED): (392, 128, 430, 68),
        (Status.PAYMENT_LOCKED, Status.CANCELLED): (402, 172, 440, 234),
        (Status.DELIVERED, Status.COMPLETED): (612, 150, 642, 150),
        (Status.DELIVERED, Status.DISPUTED): (548, 128, 510, 68),
        (Status.DELIVERED, Status.CANCELLED): (538, 172, 500, 234),
        (Status.DISPUTED, Status.PAYMENT_LOCKED): (448, 62, 412, 122),
        (Status.DISPUTED, Status.DELIVERED): (492, 62, 528, 122),
        (Status.DISPUTED, Status.COMPLETED): (532, 44, 690, 122),
        (Status.DISPUTED, Status.CANCELLED): (470, 62, 470, 234),
    },
)
UPRIGHT = Plan(
    name="upright",
    view="0 4 346 416",
    centres={
        Status.PENDING: (66, 34),
        Status.CONFIRMED: (66, 124),
        Status.PAYMENT_LOCKED: (66, 214),
        Status.DELIVERED: (66, 304),
        Status.COMPLETED: (66, 394),
        Status.EXPIRED: (280, 52),
        Status.CANCELLED: (280, 152),
        Status.DISPUTED: (280, 282),
    },
    lines={
        (Status.PENDING, Status.CONFIRMED): (66, 56, 66, 96),
        (Status.PENDING, Status.EXPIRED): (128, 34, 212, 46),
        (Status.PENDING, Status.CANCELLED): (128, 48, 212, 138),
        (Status.CONFIRMED, Status.PAYMENT_LOCKED): (66, 146, 66, 186),
        (Status.CONFIRMED, Status.EXPIRED): (128, 112, 212, 62),
        (Status.CONFIRMED, Status.CANCELLED): (128, 126, 212, 146),
        (Status.PAYMENT_LOCKED, Status.DELIVERED): (66, 236, 66, 276),
        (Status.PAYMENT_LOCKED, Status.DISPUTED): (128, 212, 212, 266),
        (Status.PAYMENT_LOCKED, Status.CANCELLED): (128, 202, 212, 156),
        (Status.DELIVERED, Status.COMPLETED): (66, 326, 66, 366),
        (Status.DELIVERED, Status.DISPUTED): (128, 298, 212, 284),
        (Status.DELIVERED, Status.CANCELLED): (128, 288, 214, 172),
        (Status.DISPUTED, Status.PAYMENT_LOCKED): (218, 276, 134, 224),
        (Status.DISPUTED, Status.DELIVERED): (218, 294, 134, 310),
        (Status.DISPUTED, Status.COMPLETED): (256, 304, 134, 388),
        (Status.DISPUTED, Status.CANCELLED): (280, 260, 280, 180),
    },
)
PLANS = (LYING, UPRIGHT)
