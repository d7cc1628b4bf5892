"""Driver versions as nvidia-smi prints them, of the kernel's module (KMD) and of user space."""

import re

_VERSION = re.compile(r"\d{3}\.\d+(\.\d+)?")
_BANNER = re.compile(
    r"NVIDIA-SMI\s+(?P<smi>\S+)\s+(?:Driver|KMD)\s+Version:\s*(?P<driver>.*?)"
    r"\s+CUDA\s+(?:UMD\s+)?Version:\s*(?P<cuda>[^|\s]+)"
)


def banner(text: str) -> tuple[str, str, str] | None:
    """Versions of nvidia-smi, driver and CUDA in the head of the default table; old and 610+."""
    found = _BANNER.search(text)
    if found is None:
        return None
    return found["smi"], clean(found["driver"]), found["cuda"]


def clean(value: str) -> str:
    """The version in a value that may go on with `[Deprecated; …]`; empty when there is none."""
    found = _VERSION.match(value.strip())
    return found[0] if found is not None else ""


def differ(one: str, other: str) -> bool:
    """Whether two versions contradict each other; 590.48 and 590.48.01 do not, nor does none."""
    left, right = clean(one).split("."), clean(other).split(".")
    if left == [""] or right == [""]:
        return False
    return any(a.lstrip("0") != b.lstrip("0") for a, b in zip(left, right, strict=False))


def is_windows(version: str) -> bool:
    """Whether it is a Windows driver's, as WSL shows the kernel module's: two numbers only."""
    return clean(version).count(".") == 1
