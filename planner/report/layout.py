"""Headings, paragraphs, tables, pictures -> a Word document that prints well on A4."""

import io
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Cm, Emu, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.table import Table as WordTable
from docx.table import _Cell, _Row
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from planner.language import current_language, say
from planner.report.tables import Column, Table, cell_text, plain_text

__all__ = ["Page", "PageStyle"]

_ON_ONE_PAGE = 14
"""Tables of so many rows are not broken over two pages."""

_LATIN_ENDS = 0x2FF
_LINE_CM_A_POINT = 0.05
"""A line of a table with the room around it, for each point of its letters."""

_TALLEST_CM = 18.5
"""A picture, its caption and a heading above it fit on one upright page."""

_LONGEST_TITLE = 255
"""Letters that the properties of a Word file can hold."""

_CHINESE_ONES = ("", *"一二三四五六七八九")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageStyle:
    """How the document looks."""

    latin: str = "Times New Roman"
    heading_latin: str = "Arial"
    body_chinese: str = "宋体"
    heading_chinese: str = "黑体"
    body_points: float = 12
    table_points: float = 9
    dark: str = "1F3864"
    """Headings and the head of a table, RRGGBB."""
    head_fill: str = "E3EAF3"
    part_fill: str = "F3F6FA"
    line: str = "B7C0CC"
    margin_cm: float = 2.5
    wide_margin_cm: float = 1.8
    """Margin of the pages that lie across."""
    widths: dict[str, float] = field(default_factory=dict)


class Page:
    """A document that grows downwards."""

    def __init__(self, style: PageStyle) -> None:
        self._style = style
        self._document: WordDocument = Document()
        self._tables = self._figures = self._headings = self._parts = 0
        self._room = 0
        self._set_up_styles()
        self._set_up_page(self._document.sections[0], across=False)

    def title(self, text: str, lines: Sequence[str]) -> None:
        """Write the title, and smaller lines below it."""
        head = self._paragraph(plain_text(text), centred=True, space_after=6)
        self._font(head.runs[0], points=20, bold=True, heading=True)
        for line in lines:
            below = self._paragraph(plain_text(line), centred=True, space_after=2)
            self._font(below.runs[0], points=10.5, colour="595959")

    def heading(self, text: str) -> None:
        """Write a numbered heading."""
        self._headings += 1
        self._parts = 0
        chinese = current_language() == "zh"
        number = f"{_chinese_number(self._headings)}、" if chinese else f"{self._headings}. "
        self._document.add_paragraph(number + plain_text(text), style="Heading 1")

    def subheading(self, text: str) -> None:
        """Write a numbered heading of a part of a chapter."""
        self._parts += 1
        chinese = current_language() == "zh"
        whole = f"{self._headings}.{self._parts} "
        number = f"（{_chinese_number(self._parts)}）" if chinese else whole
        self._document.add_paragraph(number + plain_text(text), style="Heading 2")

    def text(self, text: str, *, with_next: bool = False) -> None:
        """Write a paragraph, on the page of what follows if asked for.

        In Chinese its first line begins two characters in.
        """
        paragraph = self._paragraph(plain_text(text), space_after=6)
        paragraph.paragraph_format.keep_with_next = with_next
        if current_language() == "zh":
            paragraph.paragraph_format.first_line_indent = Pt(2 * self._style.body_points)

    def points(self, lines: Sequence[str], *, small: bool = False) -> None:
        """Write lines with a dot before each."""
        for line in lines:
            paragraph = self._document.add_paragraph(plain_text(line), style="List Bullet")
            paragraph.paragraph_format.space_after = Pt(2)
            if small:
                self._font(paragraph.runs[0], points=10)

    def box(self, lines: Sequence[str]) -> None:
        """Write the lines that everybody must read, in a box."""
        self._gap()
        table = self._document.add_table(rows=1, cols=1)
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        cell = table.rows[0].cells[0]
        _fill(cell, self._style.head_fill)
        for number, line in enumerate(lines):
            paragraph = cell.paragraphs[0] if number == 0 else cell.add_paragraph()
            paragraph.paragraph_format.space_after = Pt(3)
            paragraph.paragraph_format.left_indent = Pt(6)
            self._font(paragraph.add_run(plain_text(line)), points=11.5, bold=number == 0)
        cell.paragraphs[0].paragraph_format.space_before = Pt(5)
        cell.paragraphs[-1].paragraph_format.space_after = Pt(5)
        self._gap()

    def table(
        self, table: Table, caption: str, *, whole_last: bool = False, heads: Collection[int] = ()
    ) -> None:
        """Write a table with its number and caption; its head is repeated on each page.

        Parameters
        ----------
        table, caption
            What is written.
        whole_last
            Whether the last row is a sum.
        heads
            Places of rows that head a part of the table: their first cell goes over all columns.
        """
        self._tables += 1
        label = say("Table {number}", number=self._tables)
        self._caption(f"{label}  {plain_text(caption)}", before_table=True)
        made = self._document.add_table(rows=1, cols=len(table.columns))
        made.alignment = WD_TABLE_ALIGNMENT.CENTER
        made.autofit = False
        _rule(made, self._style)
        self._fill_row(
            made.rows[0], [plain_text(column.label) for column in table.columns], table.columns
        )
        _repeat(made.rows[0])
        for row in table.rows:
            cells = [
                cell_text(value, column.form)
                for value, column in zip(row, table.columns, strict=True)
            ]
            self._fill_row(made.add_row(), cells, table.columns, head=False)
        if whole_last:
            for cell in made.rows[-1].cells:
                cell.paragraphs[0].runs[0].font.bold = True
        if len(table.rows) <= _ON_ONE_PAGE and self._height_cm(table) <= _TALLEST_CM / 2:
            for row in made.rows[:-1]:
                row.cells[0].paragraphs[0].paragraph_format.keep_with_next = True
        self._widths(made, table.columns)
        for place in heads:
            self._fill_head(made.rows[place + 1])
        self._gap()

    def picture(self, png: bytes, caption: str, *, width_cm: float = 16.0) -> None:
        """Show a picture with its number and caption; a tall one is made to fit its page."""
        self._figures += 1
        paragraph = self._paragraph("", centred=True, space_after=2)
        paragraph.paragraph_format.keep_with_next = True
        shape = paragraph.add_run().add_picture(io.BytesIO(png), width=Cm(width_cm))
        if shape.height > Cm(_TALLEST_CM):
            shape.width = Emu(int(shape.width * Cm(_TALLEST_CM) / shape.height))
            shape.height = Cm(_TALLEST_CM)
        shape._inline.docPr.set("descr", plain_text(caption))  # noqa: SLF001 - the only door to it
        label = say("Figure {number}", number=self._figures)
        self._caption(f"{label}  {plain_text(caption)}", before_table=False)

    def turn(self) -> None:
        """Begin pages that lie across."""
        self._set_up_page(self._document.add_section(WD_SECTION.NEW_PAGE), across=True)

    def save(self, path: str, *, title: str, footer: str) -> None:
        """Write the file; the footer stands on every page beside its number."""
        for section in self._document.sections:
            self._footer(section, plain_text(footer))
        properties = self._document.core_properties
        properties.author, properties.comments = "", ""
        properties.title = plain_text(title)[:_LONGEST_TITLE]
        properties.created = properties.modified = datetime.now(tz=UTC)  # else of the template
        self._document.save(path)

    def _paragraph(self, text: str, *, centred: bool = False, space_after: float = 0) -> Paragraph:
        paragraph = self._document.add_paragraph(text)
        paragraph.paragraph_format.space_after = Pt(space_after)
        if centred:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        return paragraph

    def _gap(self) -> None:
        gap = self._paragraph("")
        gap.paragraph_format.line_spacing = Pt(10)

    def _caption(self, text: str, *, before_table: bool) -> None:
        paragraph = self._paragraph(text, centred=True, space_after=3 if before_table else 10)
        paragraph.paragraph_format.keep_with_next = before_table
        self._font(paragraph.runs[0], points=10.5, bold=True, heading=True)

    def _fill_row(
        self, row: _Row, texts: Sequence[str], columns: Sequence[Column], *, head: bool = True
    ) -> None:
        _keep_together(row)
        for cell, text, column in zip(row.cells, texts, columns, strict=True):
            paragraph = cell.paragraphs[0]
            self._font(paragraph.add_run(text), points=self._style.table_points, bold=head)
            paragraph.paragraph_format.line_spacing = 1.0
            paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(
                1.5
            )
            cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
            if column.form != "text":
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            if head:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
                _fill(cell, self._style.head_fill)

    def _height_cm(self, table: Table) -> float:
        """Tell about how tall a table is: its longest cells are broken into lines."""
        whole = sum(column.width for column in table.columns)
        points = self._style.table_points
        lines = 0
        for row in table.rows:
            broken = [1]
            for value, column in zip(row, table.columns, strict=True):
                room = Emu(self._room).pt * column.width / whole
                text = cell_text(value, column.form)
                wide = sum(1.0 if ord(letter) > _LATIN_ENDS else 0.55 for letter in text)
                broken.append(math.ceil(wide * points / max(room - points, points)))
            lines += max(broken)
        return lines * points * _LINE_CM_A_POINT

    def _fill_head(self, row: _Row) -> None:
        """Let the first cell of a row head the rows below it."""
        whole = row.cells[0].merge(row.cells[-1])
        for empty in whole.paragraphs[1:]:
            empty._p.getparent().remove(empty._p)  # noqa: SLF001 - python-docx removes nothing
        paragraph = whole.paragraphs[0]
        paragraph.runs[0].font.bold = True
        paragraph.paragraph_format.keep_with_next = True
        whole.width = Emu(self._room)
        _fill(whole, self._style.part_fill)

    def _widths(self, table: WordTable, columns: Sequence[Column]) -> None:
        room = self._room
        whole = sum(column.width for column in columns)
        for place, column in enumerate(columns):
            width = int(room * column.width / whole)
            table.columns[place].width = width
            for cell in table.columns[place].cells:
                cell.width = width

    def _font(
        self,
        run: Run,
        *,
        points: float,
        bold: bool = False,
        heading: bool = False,
        colour: str | None = None,
    ) -> None:
        style = self._style
        run.font.size, run.font.bold = Pt(points), bold
        run.font.name = style.heading_latin if heading else style.latin
        chinese = style.heading_chinese if heading else style.body_chinese
        run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), chinese)  # noqa: SLF001 - no other door
        if heading or colour:
            run.font.color.rgb = RGBColor.from_string(colour or style.dark)

    def _set_up_styles(self) -> None:
        style = self._style
        fonts = {
            "Normal": (style.latin, style.body_chinese, style.body_points),
            "List Bullet": (style.latin, style.body_chinese, style.body_points - 0.5),
            "Heading 1": (style.heading_latin, style.heading_chinese, 14.0),
            "Heading 2": (style.heading_latin, style.heading_chinese, 12.0),
        }
        for name, (latin, chinese, points) in fonts.items():
            found = self._document.styles[name]
            if not isinstance(found, ParagraphStyle):  # python-docx's own template has it
                raise TypeError(f"style {name} is not of paragraphs")
            found.font.name, found.font.size = latin, Pt(points)
            _east_asian(found, chinese)
            found.paragraph_format.line_spacing = 1.25
        for name, before in (("Heading 1", 14), ("Heading 2", 10)):
            head = self._document.styles[name]
            head.font.color.rgb = RGBColor.from_string(style.dark)
            head.paragraph_format.space_before = Pt(before)
            head.paragraph_format.space_after = Pt(6)
            head.paragraph_format.keep_with_next = True

    def _set_up_page(self, section: Section, *, across: bool) -> None:
        short, long = Cm(21.0), Cm(29.7)
        section.orientation = WD_ORIENT.LANDSCAPE if across else WD_ORIENT.PORTRAIT
        width, height = (long, short) if across else (short, long)
        section.page_width, section.page_height = width, height
        margin = Cm(self._style.wide_margin_cm if across else self._style.margin_cm)
        section.left_margin = section.right_margin = margin
        section.top_margin = section.bottom_margin = Cm(2.2)
        self._room = width - 2 * margin

    def _footer(self, section: Section, text: str) -> None:
        section.footer.is_linked_to_previous = False
        paragraph = section.footer.paragraphs[0]
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        page, pages = "\ue000", "\ue001"  # stand for the numbers: no text has these letters
        before, after = say("Page {page} of {pages}", page=page, pages=pages).split(page)
        between, end = after.split(pages)
        self._font(paragraph.add_run(f"{text}    {before}"), points=9)
        self._field(paragraph, "PAGE")
        self._font(paragraph.add_run(between), points=9)
        self._field(paragraph, "NUMPAGES")
        self._font(paragraph.add_run(end), points=9)

    def _field(self, paragraph: Paragraph, name: str) -> None:
        """Write a number that Word fills in; python-docx has no fields."""
        for kind in ("begin", "instruction", "separate", "result", "end"):
            run = paragraph.add_run("1" if kind == "result" else None)
            self._font(run, points=9)
            if kind == "instruction":
                element = OxmlElement("w:instrText")
                element.text = name
                run._element.append(element)  # noqa: SLF001 - see above
            elif kind != "result":
                element = OxmlElement("w:fldChar")
                element.set(qn("w:fldCharType"), kind)
                run._element.append(element)  # noqa: SLF001 - see above


def _chinese_number(number: int) -> str:
    """Give a number from 1 to 99 in Chinese."""
    tens, ones = divmod(number, 10)
    ten = "" if not tens else ("十" if tens == 1 else f"{_CHINESE_ONES[tens]}十")
    return f"{ten}{_CHINESE_ONES[ones]}"


def _east_asian(style: ParagraphStyle, chinese: str) -> None:
    """Set the Chinese font of a style; the theme of the template would overrule it."""
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{name}"), None)
    fonts.set(qn("w:eastAsia"), chinese)


def _rule(table: WordTable, style: PageStyle) -> None:
    """Draw lines above, below and between rows; none between columns."""
    borders = OxmlElement("w:tblBorders")
    for side, size, colour in (
        ("top", "8", style.dark),
        ("bottom", "8", style.dark),
        ("insideH", "4", style.line),
    ):
        line = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", size), ("space", "0"), ("color", colour)):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
    table._tbl.tblPr.append(borders)  # noqa: SLF001 - python-docx has no borders


def _repeat(row: _Row) -> None:
    head = OxmlElement("w:tblHeader")
    head.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(head)  # noqa: SLF001 - python-docx has no door to it


def _keep_together(row: _Row) -> None:
    whole = OxmlElement("w:cantSplit")
    whole.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(whole)  # noqa: SLF001 - python-docx has no door to it


def _fill(cell: _Cell, colour: str) -> None:
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", colour)):
        shade.set(qn(f"w:{name}"), value)
    cell._tc.get_or_add_tcPr().append(shade)  # noqa: SLF001 - python-docx has no shading
