"""Who holds how much: the phones' purses, and the accounts that are ours."""

from dataclasses import dataclass
from enum import StrEnum

from voicepact.simulator.books import Books
from voicepact.simulator.config import Config

CHARGES = "charges"  # the shortcode's Charges Paid account, which runs into the negative


class Standing(StrEnum):
    """What the network knows of a number: whether it exists at all, and whether it is an M-Pesa customer."""

    REGISTERED = "registered"
    UNREGISTERED = "unregistered"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Purse:
    """`balance` is in whole shillings; a bottomless purse pays any amount and never shows less than nothing."""

    owner: str
    balance: int
    bottomless: bool
    standing: Standing

    def covers(self, amount: int) -> bool:
        return self.bottomless or self.balance >= amount


class Purses:
    def __init__(self, books: Books, config: Config) -> None:
        self._books = books
        self._config = config

    def read(self, owner: str) -> Purse:
        """The purse of a phone, of the shortcode (its Utility account), of the wallet or of `CHARGES`."""
        with self._books.transaction() as db:
            row = db.execute("SELECT * FROM purse WHERE owner = ?", (owner,)).fetchone()
        if row is not None:
            return Purse(owner, row["balance"], bool(row["bottomless"]), Standing(row["standing"]))
        ours = owner in (self._config.shortcode, self._config.wallet, CHARGES)
        opening = self._config.opening_float if owner == self._config.shortcode else 0
        return Purse(owner, opening, bottomless=not ours, standing=Standing.REGISTERED)

    def set(self, owner: str, *, balance: int) -> None:
        """The purse holds exactly this, and no longer pays without bottom."""
        self._write(Purse(owner, balance, bottomless=False, standing=self.read(owner).standing))

    def stand(self, owner: str, *, standing: Standing) -> None:
        purse = self.read(owner)
        self._write(Purse(owner, purse.balance, bottomless=purse.bottomless, standing=standing))

    def add(self, owner: str, amount: int) -> None:
        """The purse holds `amount` more (or less, where negative)."""
        purse = self.read(owner)
        balance = purse.balance + amount
        if purse.bottomless:
            balance = max(balance, 0)
        self._write(Purse(owner, balance, bottomless=purse.bottomless, standing=purse.standing))

    def _write(self, purse: Purse) -> None:
        with self._books.transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO purse (owner, balance, bottomless, standing) VALUES (?, ?, ?, ?)",
                (purse.owner, purse.balance, purse.bottomless, purse.standing),
            )
