"""Phone numbers as people write them."""

import pytest

from voicepact.kernel import phones


@pytest.mark.parametrize(
    "written",
    ["0712 345 678", "+254712345678", "254712345678", "00254712345678", "+254 (712) 345-678", " 0712-345-678 "],
)
def test_every_way_of_writing_a_number_is_one_number(written):
    assert phones.parse(written) == "+254712345678"


def test_the_newer_prefixes_are_numbers_too():
    assert phones.parse("0110 123 456") == "+254110123456"


@pytest.mark.parametrize(
    "written",
    ["", "VoicePact", "123", "+2547", "0712345678901", "0712 345 678 ext 9", "1" * 1000, "+254" + "7" * 30, None],
)
def test_what_is_no_number_is_refused(written):
    with pytest.raises(phones.InvalidPhone):
        phones.parse(written)


def test_a_mask_hides_the_middle():
    assert phones.mask("+254712345678") == "+2547*****678"
    assert phones.mask("12345") == "*****"
