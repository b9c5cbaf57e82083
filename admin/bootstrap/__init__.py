"""Bootstrap of Google Cloud: projects, APIs, service agents, the bucket of Terraform's state, before the first deploy.

    python -m admin.bootstrap
    python -m admin.bootstrap --project acme-goodies-shared

Without a project it works on the embedded Google Cloud. The needs are read from the synthesized stacks. Whatever is
there stays as it is, so running it again does nothing.
"""
