import subprocess
from pathlib import Path

from roles.inference_engine import serving
from roles.inference_engine.settings import InferenceEngineSettings

SETTINGS = InferenceEngineSettings(
    engine="llama_cpp",
    image="ghcr.io/ggml-org/llama.cpp:server@sha256:" + "a" * 64,
    model="small",
    context_tokens=2048,
)
CURL = '#!/bin/sh\nfor last; do :; done\nprintf "%s\\n" "$last"\necho "$*" | grep -o "{.*}"\n'


def asked(tmp_path: Path, docker: str) -> list[str]:
    for name, text in {"docker": f"#!/bin/sh\n{docker}\n", "curl": CURL}.items():
        program = tmp_path / name
        program.write_text(text)
        program.chmod(0o755)
    question = f"PATH={tmp_path}:$PATH; {serving.question(SETTINGS)}"
    done = subprocess.run(["sh", "-c", question], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_what_runs_is_asked_by_its_own_labels(tmp_path: Path) -> None:
    said = asked(tmp_path, "echo http://10.0.0.9:9000/v1/completions earlier-model")
    assert said == [
        "http://10.0.0.9:9000/v1/completions",
        '{"prompt": "Hello", "max_tokens": 1, "model": "earlier-model"}',
    ]


def test_a_container_without_labels_is_asked_at_its_port(tmp_path: Path) -> None:
    said = asked(tmp_path, '[ "$1" != port ] || echo "8000/tcp -> 10.0.0.9:8000"')
    assert said == [
        "http://10.0.0.9:8000/v1/completions",
        '{"prompt": "Hello", "max_tokens": 1}',
    ]


def test_an_engine_that_does_not_run_fails_at_once(tmp_path: Path) -> None:
    (tmp_path / "docker").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "docker").chmod(0o755)
    question = f"PATH={tmp_path}:$PATH; {serving.question(SETTINGS)}"
    done = subprocess.run(["sh", "-c", question], capture_output=True, timeout=5, check=False)
    assert done.returncode != 0


def test_clients_ask_for_the_served_name() -> None:
    assert serving.pool(SETTINGS) == "small"
    assert serving.pool(SETTINGS.model_copy(update={"served_name": "chat"})) == "chat"
