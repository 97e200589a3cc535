"""The letters of a statement: DejaVu Sans, which has those of every language that is written in Latin letters.

A PDF's own fonts end at Latin-1 and would drop the ũ of a name. What DejaVu has no letter for is shown as a box, and so
is what Unicode numbers above U+FFFF, an emoji above all: reportlab writes those numbers so that no reader understands
them, and whoever searches or copies the paper's words would lose some.
"""

from functools import cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

PLAIN, BOLD = "DejaVuSans", "DejaVuSans-Bold"
BOX = "\N{WHITE SQUARE}"
FOLDER = Path(__file__).parent / "fonts"
LAST = 0xFFFF  # the highest number that reportlab writes as a PDF wants it
SPACES = {ord("\t"): " ", ord("\r"): "", ord("\N{NO-BREAK SPACE}"): " "}


@cache
def letters() -> frozenset[int]:
    """The fonts are known to reportlab; returns every letter that they have and that can be read back."""
    faces = []
    for name in (PLAIN, BOLD):
        font = TTFont(name, FOLDER / f"{name}.ttf")
        pdfmetrics.registerFont(font)
        faces.append(font.face.charToGlyph)
    pdfmetrics.registerFontFamily(PLAIN, normal=PLAIN, bold=BOLD, italic=PLAIN, boldItalic=BOLD)
    return (frozenset(faces[0]) & frozenset(faces[1]) & frozenset(range(32, LAST + 1))) | {ord("\n")}


def printable(text: str) -> str:
    """`text` in letters that can be printed, each that cannot as a box."""
    known = letters()
    return "".join(letter if ord(letter) in known else BOX for letter in text.translate(SPACES))
