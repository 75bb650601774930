"""The database, the update log's day files, and the image store: Peewee and SQLite are spoken here only."""
