"""The verbs: when they can be used, what is asked first, what is sent, and what is told after."""
