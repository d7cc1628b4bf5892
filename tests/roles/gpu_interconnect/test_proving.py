from roles.gpu_interconnect import proving, record
from roles.inference_engine.image import Image

IMAGE = Image(name="ghcr.io/x/probe", tag="1", digest="sha256:" + "a" * 64)


def test_arguments_name_groups_as_the_probe_reads_them() -> None:
    given = proving.arguments(IMAGE, seconds=900, groups=[[0, 1], [2, 3]], digest="d")
    assert given == (f"ghcr.io/x/probe@sha256:{'a' * 64}", "900", "0,1:2,3", "d")


def test_the_probe_has_no_network_an_end_and_is_never_left_behind() -> None:
    script = proving.script()
    assert "--network none" in script
    assert "--cap-drop ALL --security-opt no-new-privileges" in script
    assert 'timeout -k 10 "$seconds" docker run' in script
    assert "trap 'timeout -k 5 60 docker rm -f" in script
    assert f"src={record.PROGRAM},dst=/probe,readonly" in script


def test_nothing_in_it_reads_the_text_of_the_script() -> None:
    script = proving.script()
    for line in script.splitlines():
        if "nvidia-smi --query-compute-apps" in line:
            assert "</dev/null" in line
    assert script.count("</dev/null") >= 3
