"""What a window is made of, as data: the scope tree, where links lead, what is remembered, and a console in a file."""
