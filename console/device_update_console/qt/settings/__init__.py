"""The settings of a service as sheets, and the editors of its values."""
