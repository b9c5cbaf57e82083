"""Dead-letter queues of rules and schedules."""

from aws_cdk import Duration
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from constructs_lib.aws.base.suppressions import acknowledge

# The longest retention of a message in SQS (quotas, SQS developer guide).
_KEPT = Duration.days(14)


def dead_letter_queue(scope: Construct, construct_id: str) -> sqs.Queue:
    """Return a queue of what rules and schedules could not deliver; it needs an alarm."""
    queue = sqs.Queue(
        scope,
        construct_id,
        # Rules and schedules of AWS write here, each with a role of its own: a key of ours would admit all of them.
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        retention_period=_KEPT,
    )
    acknowledge(
        queue,
        "AwsSolutions-SQS3",
        "Serverless-SQSRedrivePolicy",
        because="It is the dead-letter queue of rules and schedules",
    )
    acknowledge(queue, "CKV_AWS_27", because="SQS encrypts it with a key of its own")
    return queue
