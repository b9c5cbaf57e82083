"""``python -m environments.schema`` writes the schemas anew; a test notices when that was forgotten."""

from environments.schema import schemas

for path, text in schemas().items():
    path.write_text(text, encoding="utf-8")
