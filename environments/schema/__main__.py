"""Command that writes the schemas: ``python -m environments.schema``; a test fails when they are not current."""

from environments.schema import schemas

for path, text in schemas().items():
    path.write_text(text, encoding="utf-8")
