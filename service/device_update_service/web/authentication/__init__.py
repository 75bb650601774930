"""Signing in over HTTP with Negotiate and NTLM: state of connections, proxies, refusals. No cryptography is here."""
