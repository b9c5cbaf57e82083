"""Programs of a release: what judges it, starts it and takes it back."""
