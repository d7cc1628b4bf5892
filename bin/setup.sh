# Sourced by bin/infra and bin/test: makes the project's own Python environment, once.
# Sets ROOT and VENV. `need_environment EXTRA` installs what pyproject.toml asks for when that
# has changed; EXTRA is "" or "[dev]". Python runs isolated (-I): it imports nothing from the
# folder that the caller happens to be in.

ROOT=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
VENV=$ROOT/.venv

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 2; }

need_python() {
    command -v python3 >/dev/null 2>&1 || die "python3 is not installed; sudo apt-get install python3"
    python3 -I -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
        die "$(python3 --version) is too old; infra needs Python 3.10 or newer"
}

need_venv_module() {
    python3 -I -c 'import ensurepip, venv' 2>/dev/null && return
    [ "$(id -u)" = 0 ] || die "Python's venv module is missing; sudo apt-get install python3-venv"
    say "Installing python3-venv (Python's venv module is missing) …"
    export DEBIAN_FRONTEND=noninteractive
    # Package lists that cannot be brought up to date may still do: the install decides
    apt-get -qq update >/dev/null ||
        say "apt-get update failed (the lines above say why); trying with the lists that are there"
    apt-get -qq -y install --no-install-recommends python3-venv >/dev/null ||
        die "python3-venv cannot be installed (the lines above say why); install it and try again"
}

# For the tests that look at pages; without one they are skipped and say so.
want_browser() {
    for browser in chromium-headless-shell chromium; do
        ! command -v "$browser" >/dev/null 2>&1 || return 0
    done
    say "Installing chromium-headless-shell (tests look at pages in it) …"
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq update >/dev/null 2>&1 || true
    apt-get -qq -y install --no-install-recommends chromium-headless-shell >/dev/null 2>&1 ||
        say "chromium-headless-shell cannot be installed; tests of pages in a browser are skipped"
}

wanted_stamp() { { cat "$ROOT/pyproject.toml"; python3 --version; echo "$1"; } | sha256sum | cut -c1-16; }

install_environment() {
    need_venv_module
    say "Installing infra's Python packages into $VENV (once) …"
    [ -x "$VENV/bin/python" ] && "$VENV/bin/python" -I -c 'import pip' 2>/dev/null ||
        python3 -I -m venv --clear "$VENV" || die "cannot make $VENV; is its folder writable?"
    "$VENV/bin/python" -I -m pip install -qq --disable-pip-version-check -e "$ROOT$1" >&2 ||
        die "Python packages cannot be installed; the lines above say why"
    echo "$2" >"$VENV/.infra${1:-base}"
    # What sudo made belongs to whose clone it is
    [ -z "${SUDO_UID:-}" ] || chown -R "$SUDO_UID:${SUDO_GID:-0}" "$VENV" "$ROOT/infra.egg-info" ||
        say "What the line above names stays root's"
}

need_environment() {
    need_python
    stamp=$(wanted_stamp "$1")
    for extra in "$1" "[dev]"; do
        [ "$(cat "$VENV/.infra${extra:-base}" 2>/dev/null)" = "$(wanted_stamp "$extra")" ] && return
    done
    exec 9<"$ROOT"
    flock 9
    [ "$(cat "$VENV/.infra${1:-base}" 2>/dev/null)" = "$stamp" ] || install_environment "$1" "$stamp"
    exec 9>&-
}
