"""What is known of the last engine that was proven good: how it is kept, and how it comes back.

The record is a folder of the host with the unit and the secret variables that answered; the image
has a tag of its own beside it, so that no pruning deletes it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from roles.inference_engine import unit
from roles.inference_engine.container import DOCKER, ENV_FILE, LABEL, MODEL_LABEL, NAME
from roles.inference_engine.running import Running

FOLDER = "/var/lib/infra/inference_engine"
GOOD = f"{FOLDER}/good"
"""Link to the folder of the record, replaced by rename."""
TAG = f"{NAME}:good"

COMMAND = f"""if [ -f {GOOD}/unit ]; then
env=other; if [ -e {GOOD}/env ]; then cmp -s {GOOD}/env {ENV_FILE} && env=same
elif [ ! -e {ENV_FILE} ]; then env=same; fi
if cmp -s {GOOD}/unit {unit.PATH}; then echo same $env; else echo other $env; fi
{DOCKER} image inspect -f '{{{{.Id}}}}' {TAG} 2>/dev/null || echo none
cat {GOOD}/unit
fi"""
"""Shell text that prints what the record holds, and whether that is what is installed."""

KEEP = f"""set -eu; umask 077
mkdir -p {FOLDER}; chmod 755 /var/lib/infra {FOLDER}
new=$(mktemp -d {FOLDER}/proven.XXXXXX); chmod 755 "$new"
install -m 644 {unit.PATH} "$new/unit"
if [ -e {ENV_FILE} ]; then install -m 600 {ENV_FILE} "$new/env"; fi
sync "$new"/*
ln -sfn "${{new##*/}}" {FOLDER}/.good.new && mv -fT {FOLDER}/.good.new {GOOD}
{DOCKER} tag "$({DOCKER} container inspect -f '{{{{.Image}}}}' {NAME})" {TAG}
for old in {FOLDER}/proven.*; do [ "$old" = "$new" ] || rm -rf "$old"; done"""
"""Shell text that records what is installed, in place of what was recorded."""

PUT_BACK = f"""set -eu; umask 077
if [ -e {GOOD}/env ]; then install -m 600 {GOOD}/env {ENV_FILE}.new && sync {ENV_FILE}.new
  mv -f {ENV_FILE}.new {ENV_FILE}; else rm -f {ENV_FILE}; fi
install -m 644 {GOOD}/unit {unit.PATH}.new && sync {unit.PATH}.new
mv -f {unit.PATH}.new {unit.PATH}
systemctl daemon-reload
systemctl reset-failed {unit.UNIT} 2>/dev/null || :
systemctl -q enable {unit.UNIT}"""
"""Shell text that installs what is recorded, to be started again."""

_DIGEST = re.compile(rf"{re.escape(LABEL)}=([0-9a-f]+)")
_IMAGE = re.compile(r"(\S+@sha256:[0-9a-f]{12})[0-9a-f]{52}")
_MODEL = re.compile(rf"{re.escape(MODEL_LABEL)}=([^\s\"]+)")


@dataclass(frozen=True)
class Record:
    """The last engine that answered, as it is recorded."""

    installed: bool
    """Whether its unit and its secret variables are those in place."""
    image_id: str
    """Id of the image that is kept for it; empty when there is none."""
    unit: str

    @property
    def digest(self) -> str:
        """The label of its container."""
        return _first(_DIGEST, self.unit)

    @property
    def words(self) -> str:
        """Image and model, for people; the arguments are those it had with them."""
        image, model = _first(_IMAGE, self.unit), _first(_MODEL, self.unit)
        return f"what ran before: image {image}…, model {model}"


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found.group(1) if found is not None else ""


def parse(lines: Sequence[str]) -> Record | None:
    """Record from the answer to COMMAND; None when no engine was ever proven good."""
    if len(lines) < 3:
        return None
    image = lines[1].strip()
    return Record(
        installed=lines[0].split() == ["same", "same"],
        image_id="" if image == "none" else image,
        unit="\n".join(lines[2:]),
    )


def is_kept(record: Record | None, *, running: Running | None) -> bool:
    """Whether the record is of what is installed and runs."""
    if record is None or running is None:
        return False
    return record.installed and record.image_id == running.image_id


def runs(record: Record, *, running: Running | None) -> bool:
    """Whether the recorded engine is the one that runs, whatever is installed."""
    return running is not None and running.running and running.digest == record.digest


def is_lost(record: Record | None, *, running: Running | None) -> bool:
    """Whether something else than the recorded engine is installed or runs."""
    if record is None:
        return False
    return not record.installed or running is None or running.digest != record.digest
