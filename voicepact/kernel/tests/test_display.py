import pytest

from voicepact.kernel.display import pretty, shortened, veiled

NUMBERS = ["+254712345678", "254712345678", "0712345678", "0712 345 678", "00254112345678", "+255754123456"]


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("around", ["{}", '"{}"', "from {} to", "254-{}", "{} - JOHN DOE"])
def test_a_phone_number_is_masked_wherever_it_stands(number: str, around: str) -> None:
    shown = veiled(around.format(number))
    assert number not in shown
    assert number[-3:] in shown


def test_a_number_written_over_two_lines_is_masked_once_it_stands_on_one() -> None:
    assert shortened("call 0712\n  345 678 now", 80) == "call +2547*****678 now"
    assert shortened("call 0712\n  345 678 now", 10) == "call +2547…"


@pytest.mark.parametrize("text", ["20261123103000", "350000", "UKN7A1B2C3", "AG-2026-000123", "0712"])
def test_other_numbers_stay_readable(text: str) -> None:
    assert veiled(text) == text


def test_a_secret_token_is_left_out_and_a_digest_stays() -> None:
    assert veiled("0123456789abcdef0123456789abcdef") == "(secret)"
    assert veiled("ab" * 32) == "ab" * 32


def test_json_is_laid_out_and_cannot_run() -> None:
    assert "\n  &quot;a&quot;: [\n    1,\n    &quot;&lt;b&gt;&quot;\n  ]\n" in str(pretty({"a": [1, "<b>"]}))
