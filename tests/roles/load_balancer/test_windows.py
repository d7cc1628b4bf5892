import pytest

from roles.load_balancer.windows import window


@pytest.mark.parametrize(
    "text",
    ["Sat,Sun 02:00-06:00 Europe/Berlin", "22:00-04:00 UTC", "Mon 00:00-23:59 America/New_York"],
)
def test_a_window_is_days_times_and_a_zone(text: str) -> None:
    assert window(text) == text


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Sat 02:00-06:00", "no maintenance window"),
        ("Sa 02:00-06:00 UTC", "no maintenance window"),
        ("Sat 02:00-24:00 UTC", "no maintenance window"),
        ("Sat  02:00-06:00 UTC", "no maintenance window"),
        ("02:00-02:00 UTC", "ends when it begins"),
        ("02:00-06:00 Europe/Berlyn", "time zone Europe/Berlyn"),
        ("02:00-06:00 ../etc/passwd", "time zone"),
    ],
)
def test_what_cannot_be_meant_is_told(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        window(text)
