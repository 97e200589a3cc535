"""What people type where a deal is looked for, read as the ids that it may be, in any writing."""

import re
from dataclasses import dataclass
from uuid import UUID

from voicepact.kernel.phones import InvalidPhone, parse

LONGEST = 120
GAP = r"[-\s\u2010-\u2015\u2212]*"
DEAL = re.compile(rf"([A-Z]{{2}}){GAP}(\d{{4}}){GAP}(\d{{1,9}})", re.IGNORECASE)
TRANSACTION = re.compile(rf"TXN{GAP}([A-Z]{{2}}){GAP}(\d{{4}}){GAP}(\d{{1,9}}?){GAP}(\d{{3}})", re.IGNORECASE)
CHECKOUT = re.compile(r"(?:ws_CO)(_\w+)", re.IGNORECASE)
CONVERSATION = re.compile(r"AG(_\d{8}_[0-9a-f]+)", re.IGNORECASE)
GAPS = re.compile(GAP)


@dataclass(frozen=True, slots=True)
class Term:
    """A search term: `codes` are the ids that it may be, `phone` is E.164; empty where it can be none."""

    codes: frozenset[str]
    phone: str
    uuid: UUID | None

    def __bool__(self) -> bool:
        return bool(self.codes or self.phone)


def read(text: str) -> Term:
    """The term, however it was written: `ag 2026 123` is AG-2026-000123, `a7f5 c3d8 e9b2` a payment's reference."""
    text = text.strip()
    if not text or len(text) > LONGEST or "\0" in text:
        return Term(frozenset(), "", None)
    return Term(frozenset(_codes(text)), _phone(text), _uuid(text))


def deal_id(text: str) -> str:
    """The deal's id as we write it, `AG-2026-000123` for `ag 2026 123`; empty for what is none."""
    match = DEAL.fullmatch(text.strip()) if len(text) <= LONGEST else None
    return _deal(*match.groups()) if match else ""


def _codes(text: str) -> set[str]:
    found = {text, text.upper(), GAPS.sub("", text).upper()}
    found.add(deal_id(text))
    if match := TRANSACTION.fullmatch(text):
        *deal, serial = match.groups()
        found.add(f"TXN-{_deal(*deal)}-{serial}")
    if match := CHECKOUT.fullmatch(text):
        found.add(f"ws_CO{match[1]}")
    if match := CONVERSATION.fullmatch(text):
        found.add(f"AG{match[1].lower()}")
    return found - {""}


def _deal(prefix: str, year: str, serial: str) -> str:
    return f"{prefix.upper()}-{year}-{int(serial):06d}"


def _phone(text: str) -> str:
    try:
        return parse(text)
    except InvalidPhone:
        return ""


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
