"""GSM-7: the characters of which one SMS carries 160."""

import unicodedata

ALPHABET = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
ONE_SMS = 160
TWO_SMS = 2 * 153  # each of several that belong together carries seven characters less
TYPOGRAPHY = str.maketrans(
    {"‘": "'", "’": "'", "“": '"', "”": '"', "…": "...", "‐": "-", "‑": "-", "–": "-", "—": "-", "−": "-"}
)


def fold(text: str) -> str:
    """The text in GSM-7: accents that it lacks are dropped, and what has no likeness becomes a question mark."""
    letters = []
    for letter in text.translate(TYPOGRAPHY):
        if letter in ALPHABET:
            letters.append(letter)
            continue
        plain = "".join(part for part in unicodedata.normalize("NFKD", letter) if part in ALPHABET)
        letters.append(plain or ("" if unicodedata.combining(letter) else "?"))
    return "".join(letters)


def folded_line(text: str) -> str:
    """The text folded, on one line."""
    return " ".join(fold(text).split())


def foreign(text: str) -> set[str]:
    """The letters of the text for which GSM-7 has no likeness."""
    return {letter for letter in text if letter != "?" and "?" in fold(letter)}


def cut(text: str, length: int) -> str:
    """The text folded, on one line, and at most `length` characters long."""
    line = folded_line(text)
    return line if len(line) <= length else line[: length - 1].rstrip() + "."
