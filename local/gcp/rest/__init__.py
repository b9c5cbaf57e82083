"""Google's REST APIs, emulated by their discovery documents."""
