"""Schemas that are cut from management packages: what is read of both forms of their models."""

import zipfile
from pathlib import Path

from local.azure.arm import packages

_NEW = '''
class Base(_Model):
    tags: Optional[dict[str, str]] = rest_field(visibility=["read", "create"])
class Network(Base):
    """A network."""
    properties: Optional["_models.Inner"] = rest_field(visibility=["read", "create"])
    etag: Optional[str] = rest_field(visibility=["read"])
class Inner(_Model):
    subnet_ids: Optional[list["_models.Other"]] = rest_field(name="subnetIds", visibility=["read", "create"])
    mode: Optional[Union[str, "_models.Mode"]] = rest_field(visibility=["read", "create"])
    password: Optional[str] = rest_field(visibility=["create", "update"])
class Other(_Model):
    size: int = rest_field(visibility=["read"])
class Small(Other, discriminator="Small"):
    size: int = rest_field(visibility=["read", "create"])
    colour: Optional[str] = rest_field(visibility=["read", "create"])
'''
_OLD = '''
class Zone(Model):
    """A zone.

    :vartype kind: str or
     ~azure.mgmt.dns.models.Mode
    """
    _validation = {"servers": {"readonly": True}}
    _attribute_map = {
        "kind": {"key": "properties.kind", "type": "str"},
        "servers": {"key": "properties.servers", "type": "[str]"},
    }
'''
_ENUMS = 'class Mode(str, Enum):\n    ON = "On"\n    OFF = "Off"\n'


def wheel(folder: Path, name: str, source: str) -> Path:
    path = folder / "azure_mgmt_it-1.0.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"azure/mgmt/it/models/{name}.py", source)
        archive.writestr("azure/mgmt/it/models/_enums.py", _ENUMS)
    return path


def test_models_of_today_are_read(tmp_path: Path) -> None:
    found = packages.cut(packages.models(wheel(tmp_path, "_models", _NEW), ""), {"a/network": "Network"})
    assert found["models"] == {
        "Network": {
            "tags": {"values": {"type": "string"}},
            "properties": {"model": "Inner"},
            "etag": {"type": "string", "readOnly": True},
        },
        "Inner": {
            "subnetIds": {"items": {"model": "Other"}},
            "mode": {"type": "string", "enum": ["On", "Off"]},
            "password": {"type": "string", "writeOnly": True},
        },
        "Other": {"size": {"type": "integer", "readOnly": True}, "colour": {"type": "string"}},
    }


def test_older_models_are_read(tmp_path: Path) -> None:
    found = packages.models(wheel(tmp_path, "_models_py3", _OLD), "")
    assert found["Zone.properties"] == {
        "kind": {"type": "string", "enum": ["On", "Off"]},
        "servers": {"items": {"type": "string"}, "readOnly": True},
    }
