"""Release of an image to an environment on AWS, and the way back: the record, the deployment and what follows it.

``release`` and ``rollback`` are commands for a pipeline; ``make release`` and ``make rollback`` call the same functions
after they have asked a person. They need boto3 only.
"""
