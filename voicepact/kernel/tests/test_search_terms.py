"""Search terms as people write them."""

import pytest

from voicepact.kernel.search_terms import LONGEST, read


@pytest.mark.parametrize("written", ["AG-2026-000123", "ag-2026-000123", "ag 2026 123", "AG2026000123", "AG–2026–123"])
def test_a_deal_is_one_deal_however_its_id_is_written(written):
    assert "AG-2026-000123" in read(written).codes


@pytest.mark.parametrize("written", ["TXN-AG-2026-000123-001", "txn ag 2026 123 001", "TXNAG2026000123001"])
def test_a_transaction_is_one_transaction_however_its_id_is_written(written):
    assert "TXN-AG-2026-000123-001" in read(written).codes


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("a7f5 c3d8 e9b2", "A7F5C3D8E9B2"),
        (" ukn7a1b2c3 ", "UKN7A1B2C3"),
        ("WS_CO_191220191020363925", "ws_CO_191220191020363925"),
        ("ag_20191219_00005797AF5D", "AG_20191219_00005797af5d"),
    ],
)
def test_codes_are_read_in_either_case_and_with_gaps(written, meant):
    assert meant in read(written).codes


def test_a_phone_is_read_in_any_writing_and_a_code_is_none():
    assert {read(text).phone for text in ("0712 345 678", "254-712-345-678", "+254 712-345-678")} == {"+254712345678"}
    assert read("UKN7A1B2C3").phone == ""


def test_a_transfer_is_known_by_its_uuid_in_either_case():
    assert str(read("0B8B7D2E-93F5-4B0C-8F0A-1C2D3E4F5A6B").uuid) == "0b8b7d2e-93f5-4b0c-8f0a-1c2d3e4f5a6b"
    assert read("nothing").uuid is None


@pytest.mark.parametrize("text", ["", "  ", "x\0", "A" * (LONGEST + 1)])
def test_what_no_id_can_be_is_no_term(text):
    assert not read(text)
