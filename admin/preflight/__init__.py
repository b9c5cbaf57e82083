"""Preflight: what the next deploy needs and no template can create, asked read-only.

    python -m admin.preflight --env prod --account 111122223333
    python -m admin.preflight --env prod --project acme-goodies-prod
    python -m admin.preflight --env prod --cloud gcp

Without account and project the embedded cloud is asked. ``model``, ``table`` and ``domains`` are the same for each
cloud, whose own package holds its checks.
"""
