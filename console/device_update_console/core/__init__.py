"""What every front end needs and no toolkit knows: client, credentials, selection, formats (design decision 8)."""
