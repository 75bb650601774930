"""The `device-update-service` command's verbs."""
