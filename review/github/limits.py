"""Limits of a comment on GitHub."""

# GitHub's limit for a comment, in characters.
MAX_CHARACTERS = 65_536
# What finds the comment again, so that one comment is kept up to date.
MARKER = "<!-- synth-diff -->"
