"""Property sheets: their frame, their tabs, and one for each kind of item."""
