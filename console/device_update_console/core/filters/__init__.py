"""Finding things: filters as text and as saved, what fits them, and the device that somebody means."""
