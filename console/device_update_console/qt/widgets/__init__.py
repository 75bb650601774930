"""Parts that dialogs and panes are made of, and how the program looks."""
