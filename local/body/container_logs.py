"""Log driver ``awslogs``: what containers write goes to the log group and stream that their definition names."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

# At most so much is read at once; PutLogEvents takes no more (1,048,576 bytes, 26 of each event, Amazon CloudWatch Logs
# API reference).
_BYTES = 512 * 1024
_EVENTS = 5000


class LogStream:
    """Log stream of a container.

    Args:
        file: that the container writes.
        definition: of the container, as ECS describes it.
        task: id of the task.
        client: returns a client of CloudWatch Logs in a region, with the rights of the execution role.
    """

    def __init__(self, file: Path, definition: Mapping[str, Any], task: str, client: Callable[[str], Any]) -> None:
        options = definition["logConfiguration"]["options"]
        self._file = file
        self._group = options["awslogs-group"]
        # "awslogs-stream-prefix", Amazon ECS developer guide.
        self._stream = f"{options['awslogs-stream-prefix']}/{definition['name']}/{task}"
        self._region = options["awslogs-region"]
        self._client = client
        self._offset = 0
        self._exists = False

    def ship(self, *, ended: bool = False) -> None:
        """Send what is new.

        Args:
            ended: send a last line that has no end, too.

        Raises:
            ClientError: the role may not, or the group does not exist. The next call tries again.
        """
        while True:
            with self._file.open("rb") as file:
                file.seek(self._offset)
                new = file.read(_BYTES)
            whole = new if ended or len(new) == _BYTES else new[: new.rfind(b"\n") + 1]
            if not whole:
                return
            lines = whole.splitlines(keepends=True)[:_EVENTS]
            self._send([line.decode(errors="replace").rstrip("\r\n") for line in lines])
            self._offset += sum(map(len, lines))

    def _send(self, lines: list[str]) -> None:
        logs = self._client(self._region)
        if not self._exists:
            try:
                logs.create_log_stream(logGroupName=self._group, logStreamName=self._stream)
            except ClientError as error:
                if error.response["Error"]["Code"] != "ResourceAlreadyExistsException":
                    raise
            self._exists = True
        now = int(time.time() * 1000)
        # CloudWatch Logs refuses an event without a text.
        events = [{"timestamp": now, "message": line} for line in lines if line]
        if events:
            logs.put_log_events(logGroupName=self._group, logStreamName=self._stream, logEvents=events)
