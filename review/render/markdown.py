"""Markdown of an edit: the old and the new value of a setting."""

from review.model.change import EFFECTS, NOT_SET, Edit
from review.model.secrets import edit_without_secrets
from review.model.values import LONG, short, short_pair
from review.render.escape import code


def change_of(edit: Edit, longest: int = LONG) -> str:
    """Return the old and the new value of a setting, of at most so many characters each."""
    edit = edit_without_secrets(edit)
    effect = f" — **{EFFECTS[edit.effect]}**" if edit.effect in EFFECTS else ""
    where = f"{code(edit.path)}{f' of {code(edit.name)}' if edit.name else ''}"
    if edit.note:
        return f"{where}: files differ: {code(short(edit.note, longest))}{effect}"
    before, after = (
        "_not set_" if side is NOT_SET else code(written)
        for side, written in zip((edit.before, edit.after), short_pair(edit.before, edit.after, longest), strict=True)
    )
    return f"{where}: {before} → {after}{effect}"
