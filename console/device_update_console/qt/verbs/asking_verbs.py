"""What verbs that ask first have in common: one question and one small dialog at a time, and what is told after."""

from __future__ import annotations

from collections.abc import Callable

from device_update_console.core.help.topics import VERB_TOPICS
from device_update_console.core.verbs.confirmations import Outcome, Question
from device_update_console.core.verbs.offered_verbs import DEFINITIONS, Verb
from device_update_console.qt.sheets.saving_dialog import SavingDialog
from device_update_console.qt.verbs.confirmation_dialog import ConfirmationDialog
from device_update_console.qt.verbs.questions import AskedQuestion
from device_update_console.qt.window.workplace import Workplace


class AskingVerbs:
    """Of one window; which verbs there are is for its kinds to say."""

    def __init__(self, place: Workplace) -> None:
        self._place = place
        self._asked: AskedQuestion[ConfirmationDialog] = AskedQuestion()
        self.form: SavingDialog | None = None
        """The small dialog that is open."""

    @property
    def dialog(self) -> ConfirmationDialog | None:
        """The question that is open."""
        return self._asked.dialog

    def _ask(self, verb: Verb, question: Question, do: Callable[[], None]) -> None:
        """Do it after a Yes."""
        dialog = ConfirmationDialog(question, DEFINITIONS[verb].icon or "warning", self._place.window)
        dialog.help_topic = VERB_TOPICS[verb]
        self._asked.ask(dialog, lambda _: do())

    def _open(self, dialog: SavingDialog, done: Callable[[], str]) -> None:
        """Show a small dialog; ``done`` gives the sentence for when it has saved."""
        self.form = dialog

        def tell() -> None:
            sentence = done()
            self._place.tell(Outcome(sentence, (sentence,)))

        dialog.saved.connect(tell)
        dialog.finished.connect(lambda _: self._forget(dialog))
        dialog.open()

    def _forget(self, dialog: SavingDialog) -> None:
        if self.form is dialog:
            self.form = None
        dialog.deleteLater()
