"""Image files on their way from the store to the socket: ranges, preconditions, sending."""
