"""How a statement looks: A4, a head, sections of tables that break between rows, and "Page 2 of 3" on every page."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, HRFlowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from voicepact.console.statement.facts import Grid, Section
from voicepact.console.statement.letters import BOLD, PLAIN, letters, printable

INK, PALE, LINE = colors.HexColor("#1a1a1a"), colors.HexColor("#eef1f0"), colors.HexColor("#9aa5a1")
MARGIN, FOOT = 18 * mm, 20 * mm
WIDTH = A4[0] - 2 * MARGIN
PADDING = 6  # which reportlab's own frame adds at every side


@dataclass(frozen=True)
class Look:
    """The styles of a statement, made once its letters are known."""

    size: float = 8.5

    @cached_property
    def body(self) -> ParagraphStyle:
        return ParagraphStyle("body", fontName=PLAIN, fontSize=self.size, leading=self.size * 1.4, textColor=INK)

    @cached_property
    def cell(self) -> ParagraphStyle:
        return ParagraphStyle("cell", parent=self.body, fontSize=7.5, leading=10, splitLongWords=True)

    @cached_property
    def number(self) -> ParagraphStyle:
        return ParagraphStyle("number", parent=self.cell, alignment=TA_RIGHT)

    @cached_property
    def title(self) -> ParagraphStyle:
        return ParagraphStyle("title", parent=self.body, fontName=BOLD, fontSize=17, leading=22)

    @cached_property
    def heading(self) -> ParagraphStyle:
        style = ParagraphStyle("heading", parent=self.body, fontName=BOLD, fontSize=11, leading=15, keepWithNext=1)
        style.spaceBefore, style.spaceAfter = 12, 4
        return style


class _Numbered(Canvas):  # type: ignore[misc]
    """Knows how many pages there are before the first is written out, so that each can say so."""

    foot = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 - reportlab's name
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        for page in self._pages:
            self.__dict__.update(page)
            self._foot(len(self._pages))
            super().showPage()
        super().save()

    def _foot(self, pages: int) -> None:
        self.setStrokeColor(LINE)
        self.line(MARGIN, FOOT - 4 * mm, A4[0] - MARGIN, FOOT - 4 * mm)
        self.setFillColor(INK)
        self.setFont(PLAIN, 7)
        self.drawString(MARGIN, FOOT - 8 * mm, self.foot)
        self.drawRightString(A4[0] - MARGIN, FOOT - 8 * mm, f"Page {self._pageNumber} of {pages}")


def lay_out(title: str, lines: Iterable[str], sections: Iterable[Section], *, foot: str) -> bytes:
    """The statement as a PDF: `title` and `lines` at its head, `foot` on every page."""
    letters()
    look, target = Look(), BytesIO()
    story: list[Flowable] = [
        Paragraph(_text("VoicePact escrow"), look.body),
        Paragraph(_text(title), look.title),
        *(Paragraph(_text(line), look.body) for line in lines),
        Spacer(1, 3 * mm),
        HRFlowable(width="100%", thickness=1, color=INK),
    ]
    for section in sections:
        story += _section(section, look)
    document = SimpleDocTemplate(
        target,
        pagesize=A4,
        leftMargin=MARGIN - PADDING,
        rightMargin=MARGIN - PADDING,
        topMargin=MARGIN,
        bottomMargin=FOOT,
        title=printable(title),
        author="VoicePact",
        lang="en",
    )
    document.build(story, canvasmaker=type("Numbered", (_Numbered,), {"foot": printable(foot)}))
    return target.getvalue()


def _section(section: Section, look: Look) -> list[Flowable]:
    words = [Paragraph(_text(line), look.body) for line in section.words if line]
    parts: list[Flowable] = [Paragraph(_text(section.title), look.heading), *words]
    for grid in section.grids:
        parts += [Spacer(1, 1.5 * mm), _table(grid, look), Spacer(1, 2 * mm)]
    return parts


def _table(grid: Grid, look: Look) -> Table:
    headed = any(grid.heads)
    lines = [grid.heads] if headed else []
    lines += grid.rows
    lines += [grid.sums] if grid.sums else []
    bold = {0} if headed else set()
    bold |= {len(lines) - 1} if grid.sums else set()
    cells = [
        [
            _cell(cell, look, right=column in grid.right, bold=at in bold or (not headed and column == 0))
            for column, cell in enumerate(line)
        ]
        for at, line in enumerate(lines)
    ]
    table = Table(cells, colWidths=[WIDTH * part for part in grid.widths], repeatRows=int(headed), splitInRow=1)
    table.setStyle(_lines(headed=headed, summed=bool(grid.sums)))
    return table


def _lines(*, headed: bool, summed: bool) -> TableStyle:
    style: list[tuple[Any, ...]] = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, -1), 0.3, LINE),
        ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
    ]
    if headed:
        style += [("BACKGROUND", (0, 0), (-1, 0), PALE), ("LINEABOVE", (0, 0), (-1, 0), 0.8, INK)]
    if summed:
        style.append(("LINEABOVE", (0, -1), (-1, -1), 0.8, INK))
    return TableStyle(style)


def _cell(text: str, look: Look, *, right: bool, bold: bool) -> Paragraph:
    shown = _text(text)
    return Paragraph(f"<b>{shown}</b>" if bold else shown, look.number if right else look.cell)


def _text(text: str) -> str:
    """`text` as a paragraph takes it: its own mark-up and what people wrote never mix."""
    return escape(printable(text)).replace("\n", "<br/>")
