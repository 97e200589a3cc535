"""A week at the desk: deals of every kind, played by API, SMS and prompts on the running stack as its clock moves on.

For pictures and for trying things out; nothing of it is faked, so it takes some minutes. The Pay Bill is registered.
"""

import io
import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from PIL import Image, ImageDraw

from tests.deal import Api, Deal, pass_time
from tests.factories import new_phone
from tests.stack import Stack
from voicepact.stack.handset import Handset

DAYS = 7
HOURS = (7, 4, 4, 9)  # after each of them, so many hours pass
AT_ONCE = 6
PEOPLE = (
    "Wanjiku",
    "Otieno",
    "Achieng",
    "Mutua",
    "Chebet",
    "Kamau",
    "Nyambura",
    "Barasa",
    "Halima",
    "Njoroge",
    "Akinyi",
)
GOODS = (
    ("agricultural_supply", "Maize", "bags", 3_500),
    ("agricultural_supply", "Beans", "bags", 7_200),
    ("goods", "Roofing sheets", "sheets", 900),
    ("agricultural_supply", "Tomatoes", "crates", 2_800),
    ("service", "Ploughing", "acres", 4_000),
    ("logistics", "Transport to Nakuru", "trips", 12_000),
    ("goods", "School uniforms", "pieces", 1_150),
)
PLACES = ("Nakuru", "Eldoret", "Kisumu", "Meru", "Kitale", "Machakos")
NO_MONEY, CANCELS, LIES = "+254711000001", "+254711000003", "+254711000009"


@dataclass(frozen=True, slots=True)
class Week:
    """The deals that were left in a state worth looking at."""

    open_dispute: Deal
    released: Deal


def play(stack: Stack, api: Api, *, days: int = DAYS, told: Callable[[str], None] = lambda _: None) -> Week:
    """The week has passed on the stack's clock. `told` hears how far it is."""
    market = Market(stack, api)
    stories = itertools.cycle(STORIES)
    for day in range(1, days + 1):
        for hours in HOURS:
            chosen = list(itertools.islice(stories, AT_ONCE // 2))
            with ThreadPoolExecutor(AT_ONCE) as pool:
                for done in [pool.submit(story, market) for story in chosen]:
                    done.result()
            market.wait(hours)
        told(f"day {day} of {days}")
    return Week(open_dispute=quarrelled(market), released=completed(market))


class Market:
    """People who make deals, one after another."""

    def __init__(self, stack: Stack, api: Api) -> None:
        self.stack, self.api = stack, api
        self._numbers = itertools.count()

    def deal(self, *, buyer: str = "", amount: int = 0) -> Deal:
        number = next(self._numbers)
        kind, product, unit, price = GOODS[number % len(GOODS)]
        quantity = 3 + number * 7 % 23
        terms = {"product": product, "quantity": quantity, "unit": unit, "unit_price": price}
        names = PEOPLE[number % len(PEOPLE)], PEOPLE[(number + 3) % len(PEOPLE)]
        return Deal(
            self.stack,
            api=self.api,
            amount=amount or quantity * price,
            buyer=buyer,
            names=names,
            contract_type=kind,
            terms=terms,
            delivery_location=PLACES[number % len(PLACES)],
            transcript=f"{names[0]}: {quantity} {unit} of {product.lower()}?\n{names[1]}: At {price} each, agreed.",
            audio_url="https://recordings.example.com/deal.mp3",
        )

    def wait(self, hours: int) -> None:
        pass_time(self.stack, hours * 3600)


# --- stories ----------------------------------------------------------------------------------------------------------


def completed(market: Market) -> Deal:
    deal = market.deal().fund()
    deal.confirm_delivery()
    deal.until_payment("released")
    return deal


def in_two_parts(market: Market) -> None:
    deal = market.deal(amount=350_000).fund()
    deal.seller.send_sms(f"DELIVERED-{deal.id}")
    deal.until_contract("delivered")


def locked(market: Market) -> None:
    market.deal().fund()


def waits_for_agreement(market: Market) -> None:
    deal = market.deal()
    deal.buyer.send_sms(f"YES-{deal.id}")


def waits_for_money(market: Market) -> None:
    market.deal().agree()


def declined(market: Market) -> None:
    deal = market.deal()
    deal.seller.send_sms(f"NO-{deal.id}")
    deal.until_contract("cancelled")


def without_money(market: Market) -> None:
    deal = market.deal(buyer=NO_MONEY).agree()
    deal.checkout()
    deal.until_payment("failed")


def called_off(market: Market) -> None:
    deal = market.deal().fund()
    deal.seller.send_sms(f"CANCEL-{deal.id}")
    deal.until_payment("refunded")


def quarrelled(market: Market) -> Deal:
    """Both have brought something forward, and nobody has decided."""
    deal = market.deal(amount=63_000).fund()
    deal.seller.send_sms(f"DELIVERED-{deal.id}")
    deal.until_contract("delivered")
    deal.buyer.send_sms(f"DISPUTE-{deal.id} Only 14 of 18 bags came, and two are wet")
    deal.until_contract("disputed")
    deal.seller.send_sms(f"DISPUTE-{deal.id} I loaded 18 bags, the driver signed for them")
    dispute = deal.api.get(f"/disputes?contract_id={deal.id}").json()["results"][0]["dispute_id"]
    for sacks, phone, words in (
        (14, deal.buyer.phone, "The bags as they came"),
        (18, deal.seller.phone, "The lorry before it left"),
    ):
        fields = {"party_phone": phone, "text": words}
        deal.api.upload(f"/disputes/{dispute}/evidence", fields, name="photo.png", content=_photograph(sacks))
    deal.until_event("dispute.evidence_added", 2)
    return deal


def lied_about(market: Market) -> None:
    """The rail's callback names another sum: quarantined."""
    deal = market.deal(buyer=LIES).agree()
    deal.checkout()
    deal.until_event("transfer.quarantined")


def paid_by_a_stranger(market: Market) -> None:
    """Money by hand from somebody else's phone, and words that no command matches."""
    deal = market.deal().agree()
    stranger = Handset(market.stack.simulator_url, new_phone())
    stranger.pay_by_hand(deal.amount, deal.contract()["payment_reference"])
    deal.seller.send_sms("Habari, I have sold my maize but where do I see my money?")


STORIES: tuple[Callable[[Market], object], ...] = (
    completed,
    locked,
    waits_for_money,
    completed,
    in_two_parts,
    completed,
    waits_for_agreement,
    completed,
    quarrelled,
    completed,
    called_off,
    completed,
    without_money,
    completed,
    lied_about,
    completed,
    declined,
    completed,
    paid_by_a_stranger,
)


def _photograph(sacks: int) -> bytes:
    """A picture of so many sacks, as a phone might have taken it."""
    picture = Image.new("RGB", (640, 420), (178 + sacks, 186 + sacks, 196))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 300, 640, 420), fill=(122, 98, 70))
    for left, top in _places(sacks):
        draw.rounded_rectangle((left, top, left + 78, top + 62), radius=18, fill=(196, 160, 104), outline=(110, 84, 50))
        draw.line((left + 30, top + 4, left + 48, top + 4), fill=(80, 60, 36), width=5)
    kept = io.BytesIO()
    picture.save(kept, "PNG")
    return kept.getvalue()


def _places(count: int) -> Iterator[tuple[int, int]]:
    for number in range(count):
        yield 40 + number % 6 * 92, 290 - number // 6 * 66
