"""The help window, F1, and Help > About."""
