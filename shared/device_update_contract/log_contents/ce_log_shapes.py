"""What the numbers of CeLog's events mean, and what is in their data (celog.h: CELID_* and the structures beside them).

The names are Microsoft's without their ``CELID_``, so that they are found in its documents ("CeLog Event Identifiers",
MSDN ee487955). A value takes four bytes and goes by its sort:

* ``x`` in hexadecimal, ``u`` unsigned, ``i`` signed;
* ``T`` a thread, ``P`` a process, ``M`` a module, whose names come in other events;
* at the end, of the length that is left: ``s`` UTF-16 text, ``X`` any number of addresses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

USER: Final = 0x2000
"""The first number that programs define themselves."""
PROCESS_CREATE: Final = 51
THREAD_CREATE: Final = 47
MODULE_LOAD: Final = 85
INTERRUPTS: Final = 87
RAW_WIDE_TEXT: Final = 74
RAW_TEXT: Final = (75, 76)
RAW_NUMBERS: Final[Mapping[int, str]] = {70: "i", 71: "I", 72: "h", 73: "H", 77: "f", 78: "d"}
"""The raw arrays of numbers, with their form in `struct`."""


@dataclass(frozen=True, slots=True)
class EventShape:
    """An event's name, and its values: label and sort of each."""

    name: str
    fields: tuple[tuple[str, str], ...]


_TABLE: Final = """
11 CS_INIT section=x
12 CS_DELETE section=x
1 CS_ENTER section=x owner=T
2 CS_LEAVE section=x owner=T
3 EVENT_CREATE event=x options=x name=s
4 EVENT_SET event=x
5 EVENT_RESET event=x
6 EVENT_PULSE event=x
7 EVENT_CLOSE event=x
8 EVENT_DELETE event=x
9 WAIT_MULTI timeout=u options=x handles=X
10 SLEEP timeout=u
15 SEM_CREATE semaphore=x initial=u most=u name=s
16 SEM_RELEASE semaphore=x released=u previous=u
17 SEM_CLOSE semaphore=x
18 SEM_DELETE semaphore=x
25 HEAP_CREATE options=x initial=u most=u heap=x thread=T process=P
26 HEAP_ALLOC heap=x flags=x bytes=u memory=x thread=T process=P caller=P stack=X
27 HEAP_REALLOC heap=x flags=x bytes=u old=x memory=x thread=T process=P caller=P stack=X
28 HEAP_FREE heap=x flags=x memory=x thread=T process=P caller=P stack=X
29 HEAP_DESTROY heap=x thread=T process=P
32 VIRTUAL_ALLOC_EX process=P result=x address=x bytes=u type=x protection=x
33 VIRTUAL_COPY_EX process=P address=x source_process=P source=x bytes=u protection=x
34 VIRTUAL_FREE_EX process=P address=x bytes=u type=x
35 VIRTUAL_ALLOC result=x address=x bytes=u type=x protection=x
36 VIRTUAL_COPY address=x source=x bytes=u protection=x
37 VIRTUAL_FREE address=x bytes=u type=x
38 MAPFILE_CREATE map=x protection=x flags=x most=u name=s
39 MAPFILE_DESTROY map=x
40 MAPFILE_VIEW_OPEN map=x process=P access=x offset=u bytes=u address=x
41 MAPFILE_VIEW_CLOSE process=P address=x
42 MAPFILE_FLUSH address=x bytes=u flags=x
45 THREAD_SWITCH thread=T
46 THREAD_MIGRATE process=P
47 THREAD_CREATE thread=T process=P module=M start=x priority=i name=s
48 THREAD_CLOSE thread=T
49 THREAD_TERMINATE thread=T
50 THREAD_DELETE thread=T
51 PROCESS_CREATE process=P memory=x name=s
52 PROCESS_CLOSE process=P
53 PROCESS_TERMINATE process=P
54 PROCESS_DELETE process=P
55 THREAD_SUSPEND thread=T
56 THREAD_RESUME thread=T
57 THREAD_QUANTUMEXPIRE
58 EXTRA_PROCESS_INFO process=P code=x bytes=u file=x path=s
60 MUTEX_CREATE mutex=x name=s
61 MUTEX_RELEASE mutex=x
62 MUTEX_CLOSE mutex=x
63 MUTEX_DELETE mutex=x
69 DEBUG_MSG process=P thread=T message=s
79 SYSTEM_PAGE_OUT
80 SYSTEM_TLB count=u
81 SYSTEM_PAGE address=x options=x
82 SYSTEM_INVERT thread=T priority=i
83 THREAD_PRIORITY thread=T priority=i
84 THREAD_QUANTUM thread=T quantum=u
85 MODULE_LOAD process=P module=M base=x name=s
86 MODULE_FREE process=P module=M
88 KCALL_ENTER call=u
89 KCALL_LEAVE call=u
91 CALLSTACK stack=X
92 CEPERF
93 TIMER_START name=s
94 TIMER_STOP name=s
95 CALLSTACK_EX stack=X
96 LOWMEM_SIGNALLED free_pages=i needed=i low=i critical=i low_block=i critical_block=i
97 MODULE_REFERENCES module=M references=X
98 EXTRA_MODULE_INFO module=M bytes=u flags=x file=x path=s
99 MEMTRACK_DETACHP process=P
102 MEMTRACK_BASELINE
103 BOOT_TIME step=u name=s
104 GDI operation=u entered=u context=X
105 RDP
106 PROFILER_START
107 PROFILER_STOP
108 MONTECARLO_HIT
109 OEMPROFILER_HIT
110 DEBUG_TRAP
111 SYSTEM_PAGE_IN address=x options=x process=P
112 MAPFILE_CREATE_EX map=x protection=x flags=x most_high=u most=u name=s
113 MAPFILE_VIEW_OPEN_EX map=x process=P access=x offset_high=u offset=u bytes=u address=x
114 MAPFILE_VIEW_FLUSH process=P address=x bytes=u pages=u
115 CACHE_ALLOCVIEW
116 CACHE_FREEVIEW
117 CACHE_FLUSHVIEW
118 APP_PROFILER_HIT
119 MODULE_FAILED_LOAD process=P flags=x error=u name=s
120 CAP_OVERHEAD
121 CALLCAP_ENTER
122 CALLCAP_EXIT
123 FASTCAP_ENTER
124 FASTCAP_EXIT
125 PROFILER_MARK
126 PROFILER_NAME
150 DATA_LOSS bytes=u
300 EVENTLOG_CHANNEL_MSG
301 EVENTLOG_WPP_HEADER
302 EVENTLOG_WPP_MSG
8190 SYNC_END
8191 LOG_MARKER frequency=u quantum=u version=u processors=u
70 RAW_LONG
71 RAW_ULONG
72 RAW_SHORT
73 RAW_USHORT
74 RAW_WCHAR text=s
75 RAW_CHAR
76 RAW_UCHAR
77 RAW_FLOAT
78 RAW_DOUBLE
87 INTERRUPTS
"""


def _shapes() -> dict[int, EventShape]:
    found = {}
    for line in _TABLE.split("\n"):
        if line:
            number, name, *fields = line.split()
            sorts = tuple((label, sort) for label, _, sort in (field.partition("=") for field in fields))
            found[int(number)] = EventShape(name, sorts)
    return found


SHAPES: Final[Mapping[int, EventShape]] = _shapes()


def event_name(number: int) -> str:
    """What an event is called; one that nobody documents by its number."""
    if number in SHAPES:
        return SHAPES[number].name
    return f"USER+{number - USER}" if number >= USER else f"EVENT_{number}"
