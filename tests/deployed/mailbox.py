"""A mailbox: a queue that is subscribed to a topic of notifications."""

import json
import time
from datetime import datetime
from typing import Any

from local.cloud import EmbeddedCloud

TIMEOUT_SECONDS = 20


class Mailbox:
    """A queue that is subscribed to a topic."""

    def __init__(self, cloud: EmbeddedCloud, topic: str) -> None:
        region = topic.split(":")[3]
        self._sqs = cloud.client("sqs", region)
        self._url = self._sqs.create_queue(QueueName=topic.rpartition(":")[2][-80:])["QueueUrl"]
        attributes = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])["Attributes"]
        cloud.client("sns", region).subscribe(TopicArn=topic, Protocol="sqs", Endpoint=attributes["QueueArn"])

    def texts(self, *, wait: bool) -> list[str]:
        """Return the messages that arrived since the last call."""
        return [message["Message"] for message in self._received(wait=wait)]

    def times(self, *, wait: bool) -> list[datetime]:
        """Return when the messages were sent that arrived since the last call."""
        found = batch = self._received(wait=wait)
        while batch:  # a queue gives ten at once
            batch = self._received(wait=False)
            found = [*found, *batch]
        return [datetime.fromisoformat(message["Timestamp"]) for message in found]

    def _received(self, *, wait: bool) -> list[dict[str, str]]:
        found: list[dict[str, str]] = []
        until = time.monotonic() + (TIMEOUT_SECONDS if wait else 1)
        while not found and time.monotonic() < until:
            answer = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            for message in answer.get("Messages", []):
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
                found.append(json.loads(message["Body"]))
        return found

    def subjects(self, *, wait: bool) -> list[str]:
        """Return the names of the alarms that notified since the last call."""
        alarms: list[Any] = [json.loads(text) for text in self.texts(wait=wait)]
        return [alarm["AlarmName"] for alarm in alarms]
