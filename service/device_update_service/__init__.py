"""The headless service: decides device checks, delivers images and answers administrators."""
