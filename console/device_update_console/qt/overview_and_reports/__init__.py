"""The overview of a server with its charts, and the reports."""
