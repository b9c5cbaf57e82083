"""Patch of a release with a critical finding: ``make patch-release ENV=prod ACCOUNT=111122223333`` (IMP-8).

``images`` reads the registry's findings, builds and scans; ``operations.release`` brings a release into an environment.
Neither needs a checkout or a container engine: CodeBuild builds, CloudFormation deploys.
"""
