from dataclasses import replace

from roles.gpu_driver import secure_boot
from roles.gpu_driver.boot import Kernel, NextBoot

KEY = "/var/lib/dkms/mok.pub"


def boot(signer: str, *, enrolled: tuple[str, ...] = ()) -> NextBoot:
    kernel = Kernel(release="6.8.0-87-generic", versions={}, signer=signer)
    return NextBoot(kernels=(kernel,), secure=True, enrolled=enrolled)


def test_a_module_that_is_built_here_needs_an_enrolled_key() -> None:
    said = secure_boot.refusal(boot(""), builds=True)
    assert said is not None and "mokutil --import" in said
    assert secure_boot.refusal(boot("", enrolled=(KEY,)), builds=True) is None
    assert secure_boot.refusal(boot(""), builds=False) is None


def test_a_firmware_that_asks_for_nothing_takes_every_module() -> None:
    off = replace(boot(""), secure=False)
    assert secure_boot.refusal(off, builds=True) is None
    assert secure_boot.distrusted(off) == ()


def test_the_distributions_own_signature_is_trusted() -> None:
    assert secure_boot.distrusted(boot("Canonical Ltd. Kernel Module Signing")) == ()


def test_an_own_signature_is_trusted_once_its_key_is_enrolled() -> None:
    (said,) = secure_boot.distrusted(boot("gpu-1 Secure Boot Module Signature key"))
    assert "6.8.0-87-generic: its module is signed by gpu-1" in said
    assert secure_boot.distrusted(boot("DKMS module signing key", enrolled=(KEY,))) == ()


def test_no_signature_is_never_trusted() -> None:
    assert "by nobody" in secure_boot.distrusted(boot("", enrolled=(KEY,)))[0]
