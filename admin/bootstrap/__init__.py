"""Makes what the first deploy to Google Cloud needs: projects, APIs, identities of services, the bucket of the state.

    python -m admin.bootstrap --project example-goodies-shared

What is needed is read from the synthesized stacks. Whatever is there stays as it is, so running it again does nothing.
"""
