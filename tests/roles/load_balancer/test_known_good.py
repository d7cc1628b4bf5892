import subprocess
from pathlib import Path

from roles.load_balancer import configuration, keys, known_good


def on(root: Path, command: str) -> list[str]:
    """The command on a host whose root is another folder."""
    moved = command.replace(known_good.FOLDER, f"{root}{known_good.FOLDER}")
    moved = moved.replace("-C / ", f"-C {root} ").replace('"/$f', f'"{root}/$f')
    done = subprocess.run(["sh", "-c", moved], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def host(root: Path) -> Path:
    for path in known_good._FILES:
        at = root / path.lstrip("/")
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_text(f"# {path}\n")
    (root / configuration.PATH.lstrip("/")).write_text('  return 200 "0123456789abcdef";\n')
    return root


def test_what_was_kept_comes_back_without_the_keys(tmp_path: Path) -> None:
    root = host(tmp_path)
    assert known_good.parse(on(root, known_good.ask_command("true"))) is None
    on(root, known_good.KEEP_COMMAND)
    running = "echo 0123456789abcdef"
    kept = known_good.parse(on(root, known_good.ask_command(running)))
    assert kept is not None and kept.current and kept.in_force
    assert (root / known_good.ARCHIVE[1:]).stat().st_mode & 0o777 == 0o600
    for path in (configuration.PATH, keys.PATH):
        (root / path[1:]).write_text("changed\n")
    kept = known_good.parse(on(root, known_good.ask_command(running)))
    assert kept is not None and kept.changed == {configuration.PATH, keys.PATH}
    on(root, known_good.BRING_BACK_CONFIGURATION_COMMAND)
    kept = known_good.parse(on(root, known_good.ask_command(running)))
    assert kept is not None and kept.in_force and not kept.current
    on(root, known_good.BRING_BACK_KEYS_COMMAND)
    kept = known_good.parse(on(root, known_good.ask_command(running)))
    assert kept is not None and kept.current


def test_the_same_content_written_anew_is_no_change() -> None:
    lines = ["good a", "running a", "tar etc/nginx/nginx.conf: Mod time differs"]
    kept = known_good.parse(lines)
    assert kept is not None and kept.current


def test_what_is_gone_is_changed() -> None:
    gone = "tar tar: etc/nginx/nginx.conf: Warning: Cannot stat: No such file or directory"
    kept = known_good.parse(["good a", "running ", gone])
    assert kept is not None and kept.changed == {configuration.PATH} and kept.running == ""
