"""Which constructs make which stack, in which order, and what passes between them; one file per cloud."""
