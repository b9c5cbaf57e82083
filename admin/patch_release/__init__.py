"""From a critical finding to a rollout with one command: ``make patch ENV=prod`` (IMP-8).

``images`` knows the registry: what is weak, and what is built and scanned instead. ``rollout`` brings a release into an
environment, or back. Neither needs a checkout or a container engine: CodeBuild builds, CloudFormation deploys.
"""
