"""The lists: what each is made of, how its rows are fetched and kept, and how it is exported."""
