"""GitHub: the comment of a pull request."""
