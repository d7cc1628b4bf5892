from roles.container_runtime import containers

LINES = [
    'aaaa [{"Driver":"cdi","Count":0,"DeviceIDs":["nvidia.com/gpu=0","nvidia.com/gpu=1"],'
    '"Capabilities":null,"Options":null}]',
    "bbbb null",
    'cccc [{"Driver":"","Count":-1,"DeviceIDs":null,"Capabilities":[["gpu"]],"Options":{}}]',
    'dddd [{"Driver":"cdi","DeviceIDs":["example.com/net=1"]}]',
    "eeee []",
]


def test_containers_with_gpus_by_cdi_are_found() -> None:
    assert containers.parse_list(LINES) == (containers.GpuContainer(id="aaaa", devices=("0", "1")),)


def test_what_is_seen_before_and_after_a_reload_is_parted() -> None:
    lines = ["GPU 0: a", "aaaa=0", "--- reloaded", "Failed", "aaaa=255"]
    assert containers.parse_reload(lines) == (["GPU 0: a", "aaaa=0"], ["Failed", "aaaa=255"])
    assert containers.parse_reload(["GPU 0: a"]) == (["GPU 0: a"], [])


def test_units_are_read_anew_between_two_looks() -> None:
    asked = (containers.GpuContainer(id="aaaa", devices=("all",)),)
    before, reload, after = containers.reload_command(asked).partition("systemctl daemon-reload")
    assert reload and "docker exec aaaa nvidia-smi -L" in before
    assert "docker exec aaaa nvidia-smi -L" in after


def test_given_values_are_quoted() -> None:
    assert "'a b'" in containers.seen_command("a b")
    assert "'a b'" in containers.trial_command("a b")
