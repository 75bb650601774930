"""Signing in to an HTTP server with Negotiate or NTLM from the client's side, with an aiohttp client or without one."""
