"""Loader of the environments: order, defaults, and the report of what cannot be deployed."""

import pickle
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

import environments
from environments.loading import FOLDER

from .conftest import Files


def report(files: Files) -> str:
    with pytest.raises(environments.EnvironmentsError) as caught:
        environments.load(files.folder)
    return str(caught.value)


def test_the_environments_of_the_repository_load_in_the_order_of_their_names() -> None:
    assert [environment.name for environment in environments.load()] == ["dev", "prod", "staging"]


def test_titles_are_what_stacks_are_called() -> None:
    assert [environment.title for environment in environments.load()] == ["Dev", "Prod", "Staging"]


def test_all_environments_share_one_policy() -> None:
    first, *others = environments.load()
    assert all(other.policy is first.policy for other in others)


def test_nothing_changes_after_loading() -> None:
    environment = environments.load()[0]
    with pytest.raises(ValidationError, match="frozen"):
        environment.stage = "production"
    with pytest.raises(ValidationError, match="frozen"):
        environment.network.nat_gateways = 3


def test_what_is_left_out_takes_the_safe_default(files: Files) -> None:
    files.remove("dev", "network")
    files.set("dev", "network.cidr", "10.10.0.0/16")
    files.remove("dev", "database.deletion_protection")
    files.remove("dev", "service.deletion_protection")
    dev = environments.load(files.folder)[0]
    assert dev.database.deletion_protection
    assert dev.service.deletion_protection
    assert not dev.service.execute_command
    assert not dev.edge.shield_advanced
    assert dev.recovery is None


def test_all_that_does_not_fit_the_model_comes_in_one_report(files: Files) -> None:
    files.set("prod", "service.execute_comand", True)
    files.set("prod", "cache.nodes", "three")
    files.set("dev", "account.domain", "Dev.Goodies.Example")
    files.set("staging", "network.cidr", "nonsense")
    files.set("policy", "alarms.cpu_percent.warning", "many")
    files.write("qa.yaml", "stage: [")
    text = report(files)
    assert text.startswith("The environments cannot be used, 6 errors:\n")
    for key in (
        "service.execute_comand",
        "cache.nodes",
        "account.domain",
        "network.cidr",
        "alarms.cpu_percent.warning",
        "environments/qa.yaml:1",
    ):
        assert key in text


def test_all_that_the_checks_find_comes_in_one_report(files: Files) -> None:
    files.set("prod", "database.multi_az", False)
    files.set("prod", "cache.nodes", 1)
    files.set("dev", "account.domain", "goodies.example")
    files.set("staging", "service.size", "odd")
    files.set("policy", "alarms.cpu_percent.warning", 95)
    text = report(files)
    assert text.startswith("The environments cannot be used, 5 errors:\n")
    for key in ("database.multi_az", "cache.nodes", "account.domain", "service.size", "alarms.cpu_percent.warning"):
        assert key in text


def test_one_error_is_counted_as_one(files: Files) -> None:
    files.set("prod", "database.multi_az", False)
    assert report(files).startswith("The environments cannot be used, 1 error:\n")


def test_an_error_says_where_what_and_what_else(files: Files) -> None:
    text = files.text("prod.yaml").replace("multi_az: true", "multi_az: false")
    files.write("prod.yaml", text)
    place = f"environments/prod.yaml:{text.splitlines().index('  multi_az: false') + 1}"
    needed = "a production environment needs true (AWS-4, ENV-4)"
    assert report(files).splitlines()[1:] == [f"  {place}: database.multi_az: given false; {needed}"]


def test_a_default_that_does_not_fit_is_named(files: Files) -> None:
    files.remove("prod", "database.multi_az")
    assert "database.multi_az: given nothing, which means false; a production environment needs true" in report(files)


def test_what_is_given_is_shown_as_written(files: Files) -> None:
    files.write("policy.yaml", files.text("policy.yaml").replace('"03:00"', "13:00"))
    assert 'backup.daily_at_utc: given 13:00; hours and minutes, in quotes: "03:00"' in report(files)


def test_an_account_id_without_quotes_is_explained(files: Files) -> None:
    files.write("dev.yaml", files.text("dev.yaml").replace('"111122223333"', "111122223333"))
    assert "environments/dev.yaml:6: account.aws_account_id: given 111122223333; twelve digits, in quotes" in report(
        files
    )


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("databse", {}, "databse: given an unknown key; did you mean database?"),
        ("database.multi-az", True, "database.multi-az: given an unknown key; did you mean multi_az?"),
        ("recovery.network.cdir", "10.0.0.0/16", "recovery.network.cdir: given an unknown key; did you mean cidr?"),
        ("edge.zzz", 1, "edge.zzz: given an unknown key; known are login_requests_per_five_minutes,"),
        ("name", "prod", "name: given an unknown key; "),
        ("network", None, "network: given null; a mapping with cidr, availability_zones"),
        ("network.interface_endpoints", "kms", "network.interface_endpoints: given kms; a list"),
        ("network.interface_endpoints", ["KMS"], "network.interface_endpoints.0: given KMS; the last part of"),
        ("network.cidr", "10.30.0.1/16", "network.cidr: given 10.30.0.1/16; "),
        ("cache.engine", "memcached", "cache.engine: given memcached; 'redis' or 'valkey'"),
        ("service.bake_minutes", "5", "service.bake_minutes: given '5'; a valid integer".replace("'", '"')),
        ("account.receivers.team", "team", "account.receivers.team: given team; an e-mail address such as"),
        ("account.domain", "goodies", "account.domain: given goodies; a domain in lower case"),
        ("account.aws_account_id", "1111", "twelve digits, in quotes"),
        ("database.log_days", 31, "database.log_days: given 31; 1, 3, 5, 7, 14, 30"),
    ],
)
def test_wrong_keys_and_values_are_explained(files: Files, key: str, value: object, expected: str) -> None:
    files.set("prod", key, value)
    assert expected in report(files)


def test_a_key_that_must_be_written_is_named(files: Files) -> None:
    files.remove("prod", "account.domain")
    assert "environments/prod.yaml:1: account.domain: given nothing; this key has no default" in report(files)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "environments/prod.yaml:1: given an empty file; a mapping with account, stage,"),
        ("# only a comment\n", "given an empty file; "),
        ("- a\n- b\n", "environments/prod.yaml:1: given a list; a mapping with account, stage,"),
        ("account:\n\tdomain: a\n", "environments/prod.yaml:2: given what cannot be read (found character '\\t'"),
        ("a: [1\nb: 2\n", "given what cannot be read ("),
        (b"stage: \xff\n", "given a byte that is not UTF-8 at position 7; text in UTF-8"),
        ("stage: \x07\n", "given a character that YAML does not allow at position 7; printable text"),
        ("a: &x 1\nb: *x\n", "environments/prod.yaml:1: given what cannot be read (an alias, an anchor or a tag)"),
        ("stage: !!python/name:os.system x\n", "(an alias, an anchor or a tag); plain YAML"),
        ("stage: staging\nstage: production\n", "prod.yaml:2: stage: given twice; once; the first is in line 1"),
        ("[a, b]: 1\n", "given a list or mapping as a key; a word"),
        ("a: 1\n---\nb: 2\n", "given what cannot be read (but found another document)"),
        ("[" * 5000, "given lists or mappings nested too deeply; at most 12 levels"),
        ("a: " + "[" * 20 + "]" * 20, "at most 12 levels of nesting"),
        ("stage: 2026-01-01\n", "stage: given 2026-01-01; 'development', 'staging' or 'production'"),
        ("approval: .nan\n", "approval: given .nan; "),
        ("approval: 0b_\n", "approval: given 0b_; "),
        (f"approval: 0x{'f' * 9000}\n", "approval: given 0xff"),
        ('stage: "\\ud800"\n', "stage: given "),
    ],
)
def test_what_is_no_plain_yaml_is_an_error(files: Files, content: str | bytes, expected: str) -> None:
    files.write("prod.yaml", content)
    assert expected in report(files)


def test_files_that_are_missing_or_misnamed_are_errors(files: Files) -> None:
    (files.folder / "policy.yaml").unlink()
    for name in ("dev", "staging", "prod"):
        (files.folder / f"{name}.yaml").unlink()
    files.write("qa.yml", "")
    text = report(files)
    assert "environments/policy.yaml: given a file that cannot be opened (No such file or directory)" in text
    assert "environments/: given no environment; at least one file" in text
    assert "environments/qa.yml: given the ending .yml; the ending .yaml" in text


@pytest.mark.parametrize("name", ["delivery", "account", "pre-prod", "2nd", "Prod", "a" * 17])
def test_a_name_that_no_stack_can_carry_is_refused(files: Files, name: str) -> None:
    (files.folder / "dev.yaml").rename(files.folder / f"{name}.yaml")
    assert f"environments/{name}.yaml: given the name '{name}'; a lower-case word" in report(files)


def test_a_folder_in_a_files_place_is_an_error(files: Files) -> None:
    (files.folder / "dev.yaml").unlink()
    (files.folder / "dev.yaml").mkdir()
    assert "environments/dev.yaml: given a file that cannot be opened" in report(files)


def test_checks_run_once_every_file_fits_the_model(files: Files) -> None:
    files.set("policy", "sizes.cache", "none")
    files.set("prod", "service", [])
    files.set("prod", "database.size", "Huge")
    files.set("prod", "approval", False)
    assert {error.key for error in files.errors()} == {"sizes.cache", "service", "database.size"}
    files.set("policy", "sizes.cache", yaml.safe_load(FOLDER.joinpath("policy.yaml").read_text())["sizes"]["cache"])
    files.set("prod", "service", {"size": "large"})
    files.set("prod", "database.size", "medium")
    assert {error.key for error in files.errors()} == {"approval"}


def test_a_file_that_cannot_be_read_in_part_is_judged_in_the_rest(files: Files) -> None:
    files.write("prod.yaml", files.text("prod.yaml") + "approval: false\nbudget_used: 1\n")
    assert {error.key for error in files.errors()} == {"approval", "budget_used"}


@pytest.mark.parametrize(
    ("names", "selected"), [(None, "dev prod staging"), ("", "dev prod staging"), ("staging,dev", "staging dev")]
)
def test_environments_are_selected_by_name(names: str | None, selected: str) -> None:
    selection = environments.select_environments(environments.load(), names)
    assert " ".join(environment.name for environment in selection) == selected


def test_an_unknown_name_says_which_are_allowed() -> None:
    with pytest.raises(environments.UnknownEnvironmentError) as caught:
        environments.select_environments(environments.load(), "dev,qa")
    assert str(caught.value) == "context environments: given qa; allowed are dev, prod, staging"


def test_a_report_travels_between_processes(files: Files) -> None:
    files.set("prod", "approval", False)
    with pytest.raises(environments.EnvironmentsError) as caught:
        environments.load(files.folder)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_a_folder_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(environments.EnvironmentsError, match="no environment"):
        environments.load(tmp_path / "nowhere")
