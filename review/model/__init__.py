"""Values that a review passes on: resources, edits, changes, dangers, and the rules about them."""
