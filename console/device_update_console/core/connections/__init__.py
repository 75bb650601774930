"""The way to a service: its address and certificate, signing in, requests, and a connection over its whole life."""
