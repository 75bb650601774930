"""The administrators' side: a core without Qt, the command line and the desktop console."""
