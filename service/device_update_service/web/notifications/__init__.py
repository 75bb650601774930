"""Telling administrators what they should know: by e-mail, signed webhook, syslog; never in anybody's way."""
