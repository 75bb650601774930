"""Which language the window speaks, and how it writes numbers and moments: as the system does, or as one asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from device_update_console.core.console_invocation import LANGUAGE_VARIABLE
from device_update_console.core.texts.conventions import Conventions
from device_update_console.core.texts.language import choose, fitting_language, language_of, text

VARIABLE = LANGUAGE_VARIABLE
_KEY_TEXTS = {"Return": "Return"}


def speak(application: QCoreApplication, asked: str | None, environment: Mapping[str, str]) -> None:
    """Choose the language asked for (a code), the one of `VARIABLE`, or that of the system; Qt's own texts follow.

    Whoever asks for another language than the system's gets the conventions that are usual for it.

    Raises:
        UnknownLanguage: there are no texts in the language that was asked for.
    """
    locale = QLocale.system()
    code = asked or environment.get(VARIABLE)
    is_usual = locale.language() is QLocale.Language.C  # the system says nothing of its place
    if code and code != locale.name().partition("_")[0]:
        locale, is_usual = QLocale(code), True
    code = code or fitting_language(locale.uiLanguages())
    choose(language_of(code, None if is_usual else conventions_of(locale)))
    QLocale.setDefault(locale)
    translator = QTranslator(application)
    if translator.load(f"qtbase_{code}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        application.installTranslator(translator)
        application.installTranslator(_KeyNames(application))


class _KeyNames(QTranslator):
    """Names of keys that Qt's own translators left as they are."""

    def isEmpty(self) -> bool:
        """Override QTranslator::isEmpty: an empty one is not asked."""
        return False

    def translate(self, context: str, source_text: str, disambiguation: str | None = None, n: int = -1) -> str:
        """Override QTranslator::translate; None leaves the text to the translators that were there before."""
        if context == "QShortcut" and source_text in _KEY_TEXTS:
            return text(_KEY_TEXTS[source_text])
        return None  # type: ignore[return-value]  # Qt's null string, which an empty one is not


def conventions_of(locale: QLocale) -> Conventions:
    """How a locale writes numbers, dates and times; years always in full, so that no part is taken for another."""
    date = locale.dateFormat(QLocale.FormatType.ShortFormat)
    time = locale.timeFormat(QLocale.FormatType.ShortFormat).replace("\N{NARROW NO-BREAK SPACE}", " ")
    return Conventions(
        grouping=locale.groupSeparator(),
        decimal=locale.decimalPoint(),
        date=re.sub("y+", "yyyy", date),
        time=time,
        time_with_seconds=re.sub(r"(\W)(m+)", r"\1\2\1ss", time, count=1),
        halves=(locale.amText(), locale.pmText()),
    )
