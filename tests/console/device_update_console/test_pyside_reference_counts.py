"""The installed PySide6 leaves the interpreter's own objects alone.

From 6.12.0 on it takes references to `True`, `False` and `None` that it does not give back (or gives back too many),
which ends CPython 3.11 after some thousand signals. `pyproject.toml` pins it for that; this is how we would know.
"""

from __future__ import annotations

import subprocess
import sys

_SIGNALS = 20_000
_ALLOWED_DRIFT = 200  # the interpreter itself takes and gives some while it runs

_PROBE = f"""
import sys
from PySide6.QtCore import QCoreApplication, QObject, Signal

application = QCoreApplication([])

class Sender(QObject):
    told = Signal(int, bool, object)

sender = Sender()
sender.told.connect(lambda number, flag, thing: None)
constants = (True, False, None)
before = [sys.getrefcount(each) for each in constants]
for number in range({_SIGNALS}):
    sender.told.emit(number, number % 2 == 0, None)
print(*(sys.getrefcount(each) - earlier for each, earlier in zip(constants, before)))
"""


def test_signals_do_not_change_the_reference_counts_of_true_false_and_none() -> None:
    """In a process of its own, since the fault ends the interpreter."""
    probe = subprocess.run([sys.executable, "-c", _PROBE], capture_output=True, text=True, timeout=120, check=False)
    assert probe.returncode == 0, f"the interpreter ended with {probe.returncode}: {probe.stderr}"
    drifts = [int(word) for word in probe.stdout.split()]
    assert len(drifts) == 3
    assert all(abs(drift) < _ALLOWED_DRIFT for drift in drifts), drifts
