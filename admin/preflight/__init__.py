"""Preflight: what the next deploy needs and no template can create, asked read-only from the account.

    python -m admin.preflight --env prod --account 111122223333

``model`` and ``table`` are the same for each cloud; ``aws`` holds the checks of AWS.
"""
