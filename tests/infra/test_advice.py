"""Last words that programs really said come to one sentence; words that nobody knows do not."""

import pytest

from infra.advice import advice

FETCH = "E: Failed to fetch http://10.77.0.2/apt/trixie/dists/trixie/InRelease  "
SITE = "http://10.77.0.2"


@pytest.mark.parametrize(
    ("said", "parts"),
    [
        (
            f"{FETCH}Could not connect to 10.77.0.2:80 (10.77.0.2), connection timed out\n"
            "E: Some index files failed to download. They have been ignored, or old ones used.",
            (f"{SITE} does not answer this host", "start that server or mend the way to it"),
        ),
        (
            "  Could not connect to 10.77.0.2:80 (10.77.0.2). - connect (111: Connection refused)\n"
            f"{FETCH}Unable to connect to 10.77.0.2:http:",
            (f"{SITE} does not answer this host",),
        ),
        (f"{FETCH}Connection failed [IP: 10.77.0.2 80]", (f"{SITE} does not answer",)),
        (
            "Error response from daemon: Get "
            '"https://ghcr.io/v2/": dial tcp 10.77.0.2:443: connect: connection refused',
            ("https://ghcr.io does not answer this host (connection refused)",),
        ),
        (
            f"{FETCH}503  Service Unavailable [IP: 10.77.0.2 80]\n"
            "E: The repository 'http://10.77.0.2/apt/trixie trixie InRelease' is no longer signed.",
            (f"{SITE} answers 503 Service Unavailable", "correct its address"),
        ),
        (
            f"{FETCH}Clearsigned file isn't valid, got 'NOSPLIT' (does the network require …)",
            ("InRelease is not what a mirror gives", "look at it with curl"),
        ),
        (
            f"{FETCH}Sub-process /usr/bin/sqv returned an error code (1), error message is: "
            "Verifying signature:            Not live until 2026-11-21T06:35:41Z",
            ("clock does not fit", "Not live until 2026-11-21T06:35:41Z", "date -u"),
        ),
        (
            "curl: (60) SSL certificate problem: certificate is not yet valid\nMore details here:",
            ("the host's clock does not fit",),
        ),
        (
            "E: Failed to fetch http://mirror.example/InRelease  Temporary failure resolving "
            "'mirror.example'",
            ("cannot find the address of mirror.example", "mend its DNS"),
        ),
        (
            f"{FETCH}Error writing to file - write (28: No space left on device) [IP: …]",
            ("no space left on one of the host's file systems", "df -h"),
        ),
        (
            "E: You don't have enough free space in /var/cache/apt/archives/.",
            ("no space left on the file system of /var/cache/apt/archives",),
        ),
        (
            "mktemp: failed to create file via template ‘/etc/ssh/.x.XXXXXX’: "
            "No space left on device",
            ("no space left on the file system of /etc/ssh/.x.XXXXXX",),
        ),
        (
            "mkdir: cannot create directory '/var/lib/infra/apt': Read-only file system",
            ("/var/lib/infra/apt is on a read-only file system", "dmesg"),
        ),
        (
            "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 812 (dpkg)",
            ("dpkg (process 812) holds /var/lib/dpkg/lock-frontend for too long", "let it end"),
        ),
        (
            "waited 3 s (base_system.apt_lock_seconds)\n"
            "/var/lib/apt/lists/lock is held by process 7 (apt-get)",
            ("apt-get (process 7) holds /var/lib/apt/lists/lock for too long",),
        ),
        (
            "Unpacking a (1) …\nE: Unable to locate package nvidia-driver-999",
            ("package sources do not have nvidia-driver-999",),
        ),
        (
            "E: Version '9' for 'docker.io' was not found",
            ("package sources do not have 9 docker.io",),
        ),
        (
            "dpkg: error processing package tini (--configure):\n"
            " installed tini package post-installation script subprocess returned error exit "
            "status 1\nErrors were encountered while processing:\n tini",
            ("tini was not installed (installed tini package post-installation", "--audit"),
        ),
    ],
)
def test_what_a_program_said_becomes_one_sentence(said: str, parts: tuple[str, ...]) -> None:
    told = advice(said.splitlines())
    assert told is not None
    assert told.endswith("then deploy again")
    assert "\n" not in told
    for part in parts:
        assert part in told


def test_a_sentence_of_our_own_shell_text_stands_as_it_is() -> None:
    said = ["curl: (7) Failed to connect to x", "infra: the model's server is away: start it"]
    assert advice(said) == "the model's server is away: start it"


@pytest.mark.parametrize("said", ["", "nginx: [emerg] unknown directive", "exit 1"])
def test_words_that_nobody_knows_are_left_as_they_are(said: str) -> None:
    assert advice(said.splitlines()) is None
