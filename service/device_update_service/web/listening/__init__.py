"""Taking connections: addresses, PROXY headers, TLS and limits, until aiohttp has the connection."""
