"""The administrators' side: a core without Qt, and the command line over it."""
