"""What a binary log of Windows CE tells of its device, software and time, as facts with their labels."""

from __future__ import annotations

from typing import Final

from device_update_console.core.sheets.details_form import Fact
from device_update_console.core.texts.formats import duration_text, moment_text, number_text
from device_update_console.core.texts.language import counted_text, marked, text
from device_update_contract.log_contents.ce_log_events import CeLogMarker, CeLogPosition
from device_update_contract.log_contents.crash_dumps import CrashDump, DumpKind
from device_update_contract.log_contents.dump_facts import Fault, Module, SystemFacts, exception_name
from device_update_contract.log_contents.log_names import NamedLog, told_by_name

_SECOND: Final = 1_000_000_000
_KINDS: Final = {
    DumpKind.CONTEXT: marked("Windows CE crash dump of the thread that failed"),
    DumpKind.SYSTEM: marked("Windows CE crash dump of all threads"),
    DumpKind.COMPLETE: marked("Windows CE crash dump with all memory"),
    DumpKind.MINIDUMP: marked("Windows minidump"),
}


def crash_dump_facts(dump: CrashDump, name: str) -> tuple[Fact, ...]:
    """The facts of a crash dump; what is in it goes before what its file name says."""
    named, system, fault = told_by_name(name), dump.system, dump.fault
    version = named.software_version if named else None
    if version is None and fault is not None and fault.process is not None:
        version = fault.process.version
    return (
        (text("Kind"), text(_KINDS[dump.kind])),
        (text("Written"), _written(dump, named)),
        (text("Software version"), version),
        *_system_facts(system, dump.kind),
        (text("Serial number"), named.device if named else None),
        *_fault_facts(fault),
    )


def ce_log_facts(
    marker: CeLogMarker, read: CeLogPosition, name: str, *, is_whole: bool, broken_at: int | None
) -> tuple[Fact, ...]:
    """The facts of a CeLog that was read up to some position."""
    named = told_by_name(name)
    count, span = number_text(read.events), duration_text(read.at // _SECOND)
    events = (
        text("{count} in {duration}", count=count, duration=span)
        if is_whole
        else text("more than {count}; the first {count} took {duration}", count=count, duration=span)
    )
    return (
        (text("Kind"), text("Windows CE event log (CeLog), version {version}", version=marker.version)),
        (text("Written"), _by_device_clock(named.written_at) if named else None),
        (text("Device"), named.device if named else None),
        (
            text("Clock"),
            counted_text("{count} tick a second", "{count} ticks a second", marker.frequency),
        ),
        (text("Events"), events),
        (text("Damaged"), None if broken_at is None else no_event_text(broken_at)),
    )


def no_event_text(offset: int) -> str:
    """Where a CeLog ends before its file does."""
    return text("From byte {offset} on there is no event that can be read.", offset=number_text(offset))


def _written(dump: CrashDump, named: NamedLog | None) -> str | None:
    if dump.written_at is not None:
        return _by_device_clock(moment_text(dump.written_at))
    return _by_device_clock(named.written_at) if named else None


def _by_device_clock(time: str) -> str:
    return text("{time} by the device's clock", time=time)


def _system_facts(system: SystemFacts | None, kind: DumpKind) -> tuple[Fact, ...]:
    if system is None:
        return ()
    windows = "Windows" if kind is DumpKind.MINIDUMP else "Windows CE"
    processor = system.processor if system.processors <= 1 else f"{system.processors} x {system.processor}"
    return (
        (text("Operating system"), f"{windows} {system.os_version}"),
        (text("Processor"), processor),
        (text("Device"), ", ".join(filter(None, (system.device, system.platform)))),
    )


def _fault_facts(fault: Fault | None) -> tuple[Fact, ...]:
    if fault is None:
        return ()
    module = _module_text(fault.module)
    if module and fault.offset is not None:
        module = text("{module}, at offset {offset}", module=module, offset=f"0x{fault.offset:X}")
    return (
        (text("Exception"), _exception_text(fault)),
        (text("Program"), _module_text(fault.process)),
        (text("Module"), module),
        (text("Thread of"), _module_text(fault.owner)),
    )


def _exception_text(fault: Fault) -> str | None:
    if fault.code is None:
        return None
    code = " ".join(filter(None, (f"0x{fault.code:08X}", exception_name(fault.code))))
    return code if fault.address is None else text("{code} at {address}", code=code, address=f"0x{fault.address:08X}")


def _module_text(module: Module | None) -> str | None:
    return None if module is None else " ".join(filter(None, (module.name, module.version)))


def modules_text(dump: CrashDump) -> str:
    """What was loaded when a device crashed, one a line below a heading, names aligned; empty where nobody knows."""
    listed, left_out = dump.modules.listed, dump.modules.left_out
    if not listed:
        return ""
    width = max(len(module.name) for module in listed)
    lines = [f"  {module.name:<{width}}  {module.version or ''}".rstrip() for module in listed]
    if left_out:
        lines.append("  " + counted_text("and {count} more, not read", "and {count} more, not read", left_out))
    return "\n".join((text("Loaded modules:"), *lines))
