"""Device logs: their files and their rows."""
