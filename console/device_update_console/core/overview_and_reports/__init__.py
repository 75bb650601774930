"""The figures of a server: what needs attention, the charts, and the reports."""
