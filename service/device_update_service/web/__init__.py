"""The only asynchronous layer: aiohttp applications, streaming, events and housekeeping."""
