"""Process of the embedded cloud: failures of processes, disks and ports."""

import shutil
import socket
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from local import process
from local.cloud import EmbeddedCloud
from local.errors import EmbeddedCloudError
from local.process import Program
from tests.local.killed import kill
from tests.local.stacks import Stack, create, template

PARAMETER = {"It": ("AWS::SSM::Parameter", {"Type": "String", "Value": "kept", "Name": "/kept"})}
BUCKET = {"It": ("AWS::S3::Bucket", {"BucketName": "goodies-kept"})}


def value(cloud: EmbeddedCloud) -> str:
    return str(cloud.client("ssm").get_parameter(Name="/kept")["Parameter"]["Value"])


def test_state_and_port_survive_a_restart(own_cloud: EmbeddedCloud) -> None:
    create(own_cloud, PARAMETER)
    endpoint = own_cloud.endpoint
    own_cloud.stop()
    assert not own_cloud.running()
    assert own_cloud.start()
    assert (own_cloud.endpoint, value(own_cloud)) == (endpoint, "kept")


def test_what_was_saved_survives_a_kill(own_cloud: EmbeddedCloud) -> None:
    create(own_cloud, PARAMETER)
    own_cloud.save()
    kill(own_cloud)
    assert own_cloud.start()
    assert value(own_cloud) == "kept"


def test_what_was_not_saved_is_not_in_the_way_after_a_kill(own_cloud: EmbeddedCloud) -> None:
    create(own_cloud, BUCKET)
    own_cloud.client("s3").put_object(Bucket="goodies-kept", Key="goodie", Body=b"x")
    kill(own_cloud)
    own_cloud.start()
    create(own_cloud, BUCKET)
    assert "Contents" not in own_cloud.client("s3").list_objects_v2(Bucket="goodies-kept")


def test_a_stack_that_was_at_work_fails_at_the_next_start(own_cloud: EmbeddedCloud) -> None:
    waiting = {"It": ("AWS::CloudFormation::WaitCondition", {"Handle": {"Ref": "Handle"}, "Timeout": "3600"})}
    resources = {**waiting, "Handle": ("AWS::CloudFormation::WaitConditionHandle", {})}
    own_cloud.client("cloudformation").create_stack(StackName="slow", TemplateBody=template(resources))
    time.sleep(0.3)
    own_cloud.save()
    kill(own_cloud)
    own_cloud.start()
    stack = Stack(own_cloud, "slow", "us-east-1")
    assert stack.status == "CREATE_FAILED"
    stack.delete()


def test_it_ends_when_its_directory_is_removed_and_the_next_starts_anew(own_cloud: EmbeddedCloud) -> None:
    pid, port = int(own_cloud.control("pid")), int(own_cloud.endpoint.rsplit(":", 1)[1])
    shutil.rmtree(own_cloud.directory)
    assert own_cloud.start()
    assert own_cloud.control("pid") != pid
    deadline = time.monotonic() + 10
    while listens(port) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not listens(port)
    assert own_cloud.running()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_another_version_is_known_by_any_of_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "CHECKOUT", tmp_path)
    (tmp_path / "code").mkdir()
    files = [tmp_path / "code" / "a.py", tmp_path / "code" / "data.yaml", tmp_path / "alone.py"]
    for file in files:
        file.write_text("before")
    program = Program(module="code", sources=("code", "alone.py"), environment=lambda *_: {}, version="1")
    digests = {program.digest(), replace(program, version="2").digest()}
    for file in files:
        file.write_text("after")
        digests.add(program.digest())
    (tmp_path / "code" / "a.pyc").write_text("compiled")
    digests.add(program.digest())
    assert len(digests) == 5


def test_state_that_cannot_be_written_is_reported(own_cloud: EmbeddedCloud) -> None:
    create(own_cloud, PARAMETER)
    state = own_cloud.directory / "state"
    shutil.rmtree(state)
    state.write_text("in the way")
    with pytest.raises(EmbeddedCloudError, match="cannot write its state"):
        own_cloud.save()


def test_wiping_leaves_nothing(own_cloud: EmbeddedCloud) -> None:
    assert own_cloud.wipe() > 0
    assert not own_cloud.running()
    assert not own_cloud.directory.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's table of sockets")
def test_it_listens_on_one_port_of_loopback(cloud: EmbeddedCloud) -> None:
    proc = Path("/proc") / str(cloud.control("pid"))
    own = {descriptor.readlink().name for descriptor in (proc / "fd").iterdir() if descriptor.is_symlink()}
    listening = []
    for table in ("tcp", "tcp6"):
        for line in (proc / "net" / table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in own:
                listening.append(fields[1])
    port = int(cloud.endpoint.rsplit(":", 1)[1])
    assert listening == [f"0100007F:{port:04X}"]


@pytest.mark.parametrize("record", ["[]", "5", "{", '{"port": "x", "pid": "y"}', '{"other": 1}', "\udcff"])
def test_a_damaged_record_is_named_with_the_way_out(own_cloud: EmbeddedCloud, record: str) -> None:
    whole = (own_cloud.directory / "emulator.json").read_bytes()
    (own_cloud.directory / "emulator.json").write_bytes(record.encode(errors="surrogateescape"))
    try:
        assert own_cloud.running()
        assert not own_cloud.known()
        with pytest.raises(EmbeddedCloudError, match=r"emulator\.json is damaged. `make destroy` ends it"):
            own_cloud.start()
    finally:
        (own_cloud.directory / "emulator.json").write_bytes(whole)


def test_a_file_where_the_folder_should_be_is_named(tmp_path: Path) -> None:
    file = tmp_path / "embedded"
    file.touch()
    cloud = EmbeddedCloud(file)
    assert not cloud.running()
    assert cloud.account == "000000000000"
    with (
        pytest.raises(EmbeddedCloudError, match="is a file, and the embedded cloud keeps its state in a folder"),
        cloud.lock("x"),
    ):
        pytest.fail("it is locked")


def test_a_lock_whose_holder_has_not_said_its_purpose_yet(tmp_path: Path) -> None:
    cloud = EmbeddedCloud(tmp_path)
    with cloud.lock("a deploy"):
        (tmp_path / "busy.lock").write_text("")
        with pytest.raises(EmbeddedCloudError, match=r": one that has just begun\. Wait"), cloud.lock("x"):
            pytest.fail("it is locked twice")
