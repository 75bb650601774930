"""The lists in the window: rows, columns, selection, live updates, and export."""
