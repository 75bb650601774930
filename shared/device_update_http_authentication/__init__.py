"""Signing in to an HTTP server with Negotiate or NTLM, as an aiohttp client middleware."""
