"""What the review site asks of a comment."""

# GitHub's limit for a comment, in characters.
LIMIT = 65_536
# What finds the comment again, so that one comment is kept up to date.
MARKER = "<!-- synth-diff -->"
