"""Limits of a comment on GitHub, and of what one job of a workflow hands to the next."""

# GitHub's limit for a comment, in characters.
MAX_CHARACTERS = 65_536
# What finds the comment again, so that one comment is kept up to date.
MARKER = "<!-- synth-diff -->"
# What the synthesizing job hands to the judging one, in an artifact of the same name; both clouds take less than 1 MB.
SYNTHESIZED = "synthesized.zip"
MOST_SYNTHESIZED_BYTES = 50 * 1024**2
