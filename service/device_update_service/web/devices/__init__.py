"""What devices reach: checks, and the way from an answered check to the store."""
