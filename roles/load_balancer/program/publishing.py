"""Publishing: a state is on disk and nginx runs with it, or everything is as it was."""

import sys
from contextlib import suppress

from roles.load_balancer.program.files import Failed, bring_back, keep, text_of, write
from roles.load_balancer.program.members import Members
from roles.load_balancer.program.nginx import judge, master_of, reload, running_digest
from roles.load_balancer.program.state import State, good_copy, parse_state, state_text
from roles.load_balancer.program.upstreams import digest_in, upstreams_digest, upstreams_text


def publish(members: Members, state: State) -> None:
    """The state written and taken up by nginx; Failed when not, with the last good one in force."""
    if not _in_force(members, state):
        _take_up(members, state)
    elif text_of(members.state) != state_text(state):
        write(members.state, state_text(state))
    _keep_good(good_copy(members.state), state_text(state))


def proven(members: Members, state: State) -> bool:
    """Whether this state is on disk and nginx was seen to run with it, or does not run."""
    return text_of(members.state) == state_text(state) and _in_force(members, state)


def need_ours(members: Members) -> None:
    """Failed when an nginx runs that would not notice who is held."""
    if master_of(members) is not None and running_digest(members) is None:
        raise Failed(
            f"nginx runs, but 127.0.0.1:{members.status_port}/rotation does not answer: "
            "its configuration is not infra's; deploy this balancer"
        )


def _keep_good(path: str, text: str) -> None:
    try:
        if text_of(path) != text:
            write(path, text)
    except OSError as problem:
        sys.stderr.write(
            f"infra-rotation: this is in force, but its copy {path} was not written: {problem}; "
            "mend that (df), then: infra-rotation apply\n"
        )


def _in_force(members: Members, state: State) -> bool:
    wanted = upstreams_digest(members, state)
    if text_of(members.upstreams) != upstreams_text(members, state):
        return False
    if master_of(members) is not None and running_digest(members) != wanted:
        return False
    # written last: without it an earlier run may have ended before every worker had taken it up
    return _digest_of_good(members) == wanted


def _digest_of_good(members: Members) -> str | None:
    with suppress(ValueError):
        good = text_of(good_copy(members.state))
        return upstreams_digest(members, parse_state(good)) if good is not None else None
    return None


def _take_up(members: Members, state: State) -> None:
    reloaded = False
    for path in (members.upstreams, members.state):
        keep(path)
    try:
        write(members.upstreams, upstreams_text(members, state))
        judge(members)
        write(members.state, state_text(state))
        reloaded = running_digest(members) is not None
        if reloaded:
            reload(members, digest=upstreams_digest(members, state))
    except (Failed, OSError) as problem:
        _go_back(members, reloaded=reloaded)
        raise Failed(f"{problem}; the last good one stays") from problem


def _go_back(members: Members, *, reloaded: bool) -> None:
    for path in (members.upstreams, members.state):
        bring_back(path)
    if reloaded:
        with suppress(Failed, OSError):  # the first sentence is the one to tell
            reload(members, digest=digest_in(text_of(members.upstreams) or ""))
