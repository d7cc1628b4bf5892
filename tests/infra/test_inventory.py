"""Inventories are read as pyinfra reads them, and refused with a sentence."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from infra.inventory import read
from infra.mistakes import SiteError


def write(folder: Path, text: str, name: str = "rack.py") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(SiteError) as wrong:
        read(path)
    return str(wrong.value)


def test_groups_and_the_file_name_are_a_hosts_groups(tmp_path: Path) -> None:
    path = write(tmp_path, 'a = ["h1", ("h2", {"x": 1})]\nb = (["h2"], {"x": 2})\n')
    assert [(host.name, host.groups) for host in read(path)] == [
        ("h1", ("a", "rack")),
        ("h2", ("a", "b", "rack")),
    ]


def test_host_data_beats_group_data_and_a_later_group_an_earlier(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        'all = (["h"], {"x": "all", "y": "all", "z": "all", "w": "all"})\n'
        'a = (["h"], {"x": "a", "y": "a", "z": "a"})\n'
        'b = ([("h", {"x": "host"})], {"x": "b", "y": "b"})\n',
    )
    (host,) = read(path)
    data = {key: value for layer in host.layers for key, value in layer.items()}
    assert data == {"x": "host", "y": "b", "z": "a", "w": "all"}


def test_group_data_files_beat_the_inventorys_own_group_data(tmp_path: Path) -> None:
    (tmp_path / "group_data").mkdir()
    (tmp_path / "group_data" / "a.py").write_text("import os\nx = 'file'\n_hidden = os.sep\n")
    (host,) = read(write(tmp_path, 'a = (["h"], {"x": "own"})\n'))
    assert [layer for layer in host.layers if layer] == [{"x": "file", "_hidden": "/"}]


PYINFRA = """
import json, os, sys
from pyinfra_cli.inventory import make_inventory
from pyinfra.api.state import State
from pyinfra.context import ctx_state
state = State()
state.cwd = os.getcwd()
ctx_state.set(state)
print(json.dumps({host.name: host.data.dict() for host in make_inventory(sys.argv[1])}))
"""


def test_reading_agrees_with_pyinfra(tmp_path: Path) -> None:
    path = write(tmp_path, 'a = (["h1", ("h2", {"k": 2})], {"k": 1})\nb = (["h2"], {"j": 3})\n')
    (tmp_path / "group_data").mkdir()
    (tmp_path / "group_data" / "a.py").write_text("k = 5\nm = 6\n")
    said = subprocess.run(
        [sys.executable, "-c", PYINFRA, str(path)], capture_output=True, text=True, check=True
    )
    ours = {
        host.name: {key: value for layer in host.layers for key, value in layer.items()}
        for host in read(path)
    }
    assert ours == json.loads(said.stdout)


def test_a_host_that_pyinfra_would_lose_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, 'all = ["h1"]\na = ["h1", "h2"]\n')
    assert refusal(path) == (
        f"{path}: h2: is in a group but not in `all`, so pyinfra leaves it out; add it to `all`"
    )


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("rack.yaml", "a: [h]", "an inventory is a Python file (name.py), as pyinfra's are"),
        ("rack.py", "", "names no host; a group is a list: gpu_nodes = [...]"),
        ("rack.py", "a = [", "line 1: '[' was never closed"),
        ("rack.py", "x = 1\nimport nowhere\n", "line 2: cannot be read: ModuleNotFoundError"),
        ("rack.py", "a = ['h']\nprint(1 / 0)", "line 2: cannot be read: ZeroDivisionError"),
        ("rack.py", "raise SystemExit(3)", "line 1: cannot be read: SystemExit"),
    ],
)
def test_what_cannot_be_read_gets_a_sentence(
    tmp_path: Path, name: str, text: str, sentence: str
) -> None:
    path = write(tmp_path, text, name)
    assert refusal(path).startswith(f"{path}: {sentence}")


def test_a_missing_file_gets_a_sentence(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.py") == f"{tmp_path / 'none.py'}: no such file"


def test_a_folder_is_named_as_one(tmp_path: Path) -> None:
    assert refusal(tmp_path) == f"{tmp_path}: is a folder; give an inventory file (name.py) of it"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('h100 = [("g1", {}), ("g2", "x")]', 'h100: item 2 ("g2", …) is no host; a host is "name"'),
        ('h100 = ([("g1", {}), 5], {})', "h100: item 2 (int) is no host"),
        ('gpu_nodes = ["g1", ["g2", {}]]', 'gpu_nodes: item 2 ("g2", …) is no host'),
        ('gpu_nodes = "g1"', "gpu_nodes: is a str; a group is a list of hosts"),
        ('gpu_nodes = {"g1": {}}', "gpu_nodes: is a dict; a group is a list of hosts"),
        ('h100 = (("g1", {}), ("g2", {}))', "h100: is a tuple; a group is a list of hosts"),
        ('box = ("g1", {"ssh_user": "a"})', "box: is one host; a group is a list of hosts: box ="),
    ],
)
def test_a_group_with_a_malformed_host_does_not_vanish(
    tmp_path: Path, text: str, sentence: str
) -> None:
    path = write(tmp_path, f"others = ['o']\n{text}\n")
    with pytest.raises(SiteError) as wrong:
        read(path, deploys=["gpu_nodes"])
    assert str(wrong.value).startswith(f"{path}: {sentence}")


def test_every_malformed_host_is_told_and_no_secret(tmp_path: Path) -> None:
    said = refusal(write(tmp_path, 'a = [("h", {}), ("x", "canary"), 5]\n'))
    assert said.count("is no host") == 2
    assert "canary" not in said


def test_helper_lists_are_ignored_as_pyinfra_does(tmp_path: Path) -> None:
    helpers = "ports = [1, 2]\nrows = [{}]\npair = (1, {})\nmode = 'x'\n_box = ('h', {})\n"
    (host,) = read(write(tmp_path, f"a = ['h']\n{helpers}"), deploys=["gpu_nodes"])
    assert host.groups == ("a", "rack")
