"""What goes over the wire, by theme; `views` makes it from the world."""
