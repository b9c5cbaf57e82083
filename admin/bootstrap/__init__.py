"""Bootstrap of a cloud of Terraform's stacks: what must be there before their first deploy.

    python -m admin.bootstrap --cloud gcp
    python -m admin.bootstrap --project acme-goodies-shared

Without an account it works on the embedded cloud. The needs are read from the synthesized stacks. Whatever is there
stays as it is, so running it again does nothing. ``model`` is the same for each cloud.
"""
