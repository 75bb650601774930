"""What the Help menu leads to: pages, their topics, and what is told about the program."""
