"""The tabs of a property sheet: what each can be asked, one that shows facts, and one with fields to fill in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from device_update_console.core.sheets.sheet_fields import (
    SEVERAL_VALUES,
    WILL_BE_CLEARED,
    SharedText,
    SheetField,
    changed_fields,
)
from device_update_console.core.texts.language import text
from device_update_console.qt.widgets.appearance import wrong_text
from device_update_console.qt.widgets.copyable_text import CopyableText
from device_update_console.qt.widgets.painted_label import PaintedLabel


class SheetPage(QWidget):
    """One tab. A page that only shows something needs none of the overrides."""

    changed = Signal()
    """Somebody filled something in."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = title

    @property
    def is_changed(self) -> bool:
        """Whether there is something to save."""
        return False

    def problem(self) -> str:
        """The sentence that says why this cannot be saved, empty when it can; the page may put the cursor there."""
        return ""

    def settle(self) -> None:
        """What is filled in was saved."""

    def come_up(self) -> None:
        """The tab is shown; what takes time is asked for here, the first time."""

    def leave(self) -> None:
        """The dialog has gone; what was on its way is not wanted any more."""


class FactsPage(SheetPage):
    """Labels with values that can be copied, below each other; `show_facts` may be called again at any time."""

    def __init__(self, title: str, facts: Sequence[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self._grid = FactGrid(facts)
        scrolled(self, self._grid)

    def show_facts(self, facts: Sequence[tuple[str, str]]) -> None:
        """Show these."""
        self._grid.show_facts(facts)

    def facts(self) -> list[tuple[str, str]]:
        """What is shown."""
        return self._grid.facts()


class FactGrid(QGridLayout):
    """The rows of a `FactsPage`, for pages that show something else below them."""

    def __init__(self, facts: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._values: list[tuple[QLabel, CopyableText]] = []
        self.setColumnStretch(1, 1)
        self.setHorizontalSpacing(14)
        self.setVerticalSpacing(5)
        self.show_facts(facts)

    def show_facts(self, facts: Sequence[tuple[str, str]]) -> None:
        """Show these; what is being read or selected stays where the value is the same."""
        for (title, value), (label, fact) in zip(self._values, facts, strict=False):
            title.setText(f"{label}:")
            value.setAccessibleName(label)
            value.say(fact)
        for pair in self._values[len(facts) :]:
            for widget in pair:
                self.removeWidget(widget)
                widget.deleteLater()
        del self._values[len(facts) :]
        for label, fact in facts[len(self._values) :]:
            self._add_row(label, fact)

    def facts(self) -> list[tuple[str, str]]:
        """What is shown."""
        return [(label.text().removesuffix(":"), value.toPlainText()) for label, value in self._values]

    def label_width(self) -> int:
        """In pixels, so that what stands below can stand in line."""
        return max((label.sizeHint().width() for label, _ in self._values), default=0)

    def _add_row(self, label: str, fact: str) -> None:
        number = len(self._values)
        title, value = _label(f"{label}:"), CopyableText(fact, label)
        self.addWidget(title, number, 0, Qt.AlignmentFlag.AlignTop)
        self.addWidget(value, number, 1, Qt.AlignmentFlag.AlignTop)
        if self._values and value.parentWidget() is not None:
            QWidget.setTabOrder(self._values[-1][1], value)  # a row that comes later is no stop after the buttons
        self._values.append((title, value))


class FieldsPage(SheetPage):
    """Fields that can be filled in, each with the sentence about what is wrong with it below it, while it is typed."""

    def __init__(
        self,
        title: str,
        fields: Sequence[SheetField],
        values: Mapping[str, SharedText],
        *,
        may_change: Callable[[str], bool] = lambda _name: True,
        intro: str = "",
        scrolls: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        """``values`` are what the fields show by their names; those that ``may_change`` refuses are only shown.

        A small dialog is as large as its fields, so that its page need not scroll.
        """
        super().__init__(title, parent)
        self._shown = dict(values)
        self.entries: dict[str, FieldEntry] = {}
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(6)
        if intro:
            sentence = QLabel(intro)
            sentence.setWordWrap(True)
            sentence.setTextFormat(Qt.TextFormat.PlainText)
            grid.addWidget(sentence, 0, 0, 1, 2)
        for row, field in enumerate(fields, start=1):
            label = _label(f"{text(field.title)}:")
            grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
            if not may_change(field.name):
                value = CopyableText(values[field.name].text, plain(text(field.title)))
                grid.addWidget(value, row, 1, Qt.AlignmentFlag.AlignTop)
                continue
            entry = FieldEntry(field, values[field.name])
            label.setBuddy(entry.editor)
            label.setContentsMargins(0, 4, 0, 0)
            entry.edited.connect(self.changed)
            grid.addWidget(entry, row, 1)
            self.entries[field.name] = entry
        if scrolls:
            scrolled(self, grid)
        else:
            grid.setContentsMargins(0, 0, 0, 0)
            self.setLayout(grid)

    def changes(self) -> dict[str, str | None]:
        """What is to be sent: the fields that are no longer as they were, None for those that were cleared."""
        shown = {name: self._shown[name] for name in self.entries}
        filled_in = {name: entry.filled_in() for name, entry in self.entries.items()}
        return changed_fields(shown, filled_in, [name for name, entry in self.entries.items() if entry.touched])

    def show_values(self, values: Mapping[str, SharedText]) -> None:
        """The items changed meanwhile: fields that nobody filled in follow, the others stay as they are."""
        untouched = [name for name in self.entries if name not in self.changes()]
        for name in untouched:
            self.entries[name].show_value(values[name])
            self._shown[name] = values[name]

    # The interface of a page

    @property
    def is_changed(self) -> bool:
        """Override SheetPage.is_changed."""
        return bool(self.changes())

    def problem(self) -> str:
        """Override SheetPage.problem: of the first field that has one; the cursor goes there."""
        for entry in self.entries.values():
            if sentence := entry.problem():
                entry.editor.setFocus()
                return sentence
        return ""

    def settle(self) -> None:
        """Override SheetPage.settle."""
        for name, entry in self.entries.items():
            if name in self.changes():
                self._shown[name] = SharedText(entry.filled_in())
                entry.show_value(self._shown[name])


class FieldEntry(QWidget):
    """One field: a line, or several, with the place for what is wrong with it below."""

    edited = Signal()

    def __init__(self, field: SheetField, value: SharedText, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._field = field
        self._differs = False
        self.touched = False
        self.editor = _editor(field)
        self.editor.setAccessibleName(plain(text(field.title)))
        self.wrong = PaintedLabel("", wrong_text)
        self.wrong.setWordWrap(True)
        self.wrong.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.editor)
        layout.addWidget(self.wrong)
        self.show_value(value)
        if isinstance(self.editor, QComboBox):
            self.editor.currentIndexChanged.connect(self._text_changed)
        else:
            self.editor.textChanged.connect(self._text_changed)

    def filled_in(self) -> str:
        """What is filled in, without space around it."""
        if isinstance(self.editor, QComboBox):
            return str(self.editor.currentData() or "")
        whole = self.editor.toPlainText() if isinstance(self.editor, QPlainTextEdit) else self.editor.text()
        return whole.strip()

    def fill_in(self, whole: str) -> None:
        """Fill in a text as a person does."""
        if isinstance(self.editor, QComboBox):
            self.editor.setCurrentIndex(self.editor.findData(whole))
        elif isinstance(self.editor, QPlainTextEdit):
            self.editor.setPlainText(whole)
        else:
            self.editor.setText(whole)

    def show_value(self, value: SharedText) -> None:
        """Show what is saved."""
        self._differs, self.touched = value.differs, False
        if value.text != self.filled_in():
            self.editor.blockSignals(True)  # noqa: FBT003 -- Qt's parameter
            self.fill_in(value.text)
            self.editor.blockSignals(False)  # noqa: FBT003 -- Qt's parameter
        self._hint()
        self.say_problem()

    def problem(self) -> str:
        """What is wrong with the text, empty when nothing is."""
        whole = self.filled_in()
        if len(whole) > self._field.longest:
            return text(
                "At most {longest:,} characters fit here; these are {count:,}.",
                longest=self._field.longest,
                count=len(whole),
            )
        return self._field.check(whole)

    def _text_changed(self) -> None:
        self.touched = True
        self._hint()
        self.say_problem()
        self.edited.emit()

    def _hint(self) -> None:
        hint = text(self._field.placeholder)
        if self._differs:
            hint = text(WILL_BE_CLEARED if self.touched else SEVERAL_VALUES)
        self.editor.setPlaceholderText(hint)

    def say_problem(self) -> None:
        """Say what is wrong, once something was filled in; a check that looks at another field is asked again so."""
        sentence = self.problem() if self.filled_in() or self.touched else ""
        self.wrong.setText(sentence)
        self.wrong.setVisible(bool(sentence))
        self.editor.setAccessibleDescription(sentence)


def plain(title: str) -> str:
    """A title without its mnemonic, for places that show none."""
    return title.replace("&&", "\0").replace("&", "").replace("\0", "&")


def _editor(field: SheetField) -> QLineEdit | QPlainTextEdit | QComboBox:
    if field.choices:
        choice = QComboBox()
        for value, words in field.choices:
            choice.addItem(text(words), value)
        return choice
    if field.lines == 1:
        line = QLineEdit()
        line.setMaxLength(field.longest)
        return line
    lines = QPlainTextEdit()
    lines.setTabChangesFocus(True)
    lines.setMinimumHeight(lines.fontMetrics().lineSpacing() * field.lines + 12)
    lines.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.MinimumExpanding)
    return lines


def _label(title: str) -> QLabel:
    label = QLabel(title)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label


def scrolled(page: QWidget, *grids: QGridLayout) -> None:
    """Put grids into a page, below each other from its top; they scroll where the sheet is too small for them."""
    inside = QWidget()
    column = QVBoxLayout(inside)
    column.setContentsMargins(10, 10, 10, 10)
    column.setSpacing(14)
    for grid in grids:
        column.addLayout(grid)
    column.addStretch(1)
    area = _Upright()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(inside)
    area.viewport().setAutoFillBackground(False)
    inside.setAutoFillBackground(False)
    layout = QVBoxLayout(page)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(area)


class _Upright(QScrollArea):
    """Scrolls up and down only, and is therefore never narrower than what it holds."""

    def minimumSizeHint(self) -> QSize:
        """Override QAbstractScrollArea::minimumSizeHint."""
        inside = self.widget()
        width = 0 if inside is None else inside.minimumSizeHint().width()
        return QSize(width + self.verticalScrollBar().sizeHint().width(), super().minimumSizeHint().height())
