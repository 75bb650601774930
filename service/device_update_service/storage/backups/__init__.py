"""Backups on the disk: the pool of files, copies of the databases beside the running service, the folder restored."""
