"""The verbs in the window: their questions and dialogs, the requests, and what came of them."""
