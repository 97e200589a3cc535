"""References, webhook signatures and the seal on events."""

from decimal import Decimal

import pytest

from voicepact.kernel.crypto import canonical, get_crypto_service

crypto = get_crypto_service()
DEAL = {"contract_id": "AG-2026-000123", "phone_number": "+254712345678"}


def test_a_reference_is_twelve_upper_case_hex_characters_and_the_same_for_the_same_sum():
    reference = crypto.generate_payment_reference(amount=350000, **DEAL)

    assert len(reference) == 12
    assert set(reference) <= set("0123456789ABCDEF")
    for same in (350000.00, Decimal("350000.0"), "350000.00"):
        assert crypto.generate_payment_reference(amount=same, **DEAL) == reference


def test_a_reference_is_keyed_and_of_one_deal(settings):
    reference = crypto.generate_payment_reference(amount=350000, **DEAL)

    assert crypto.generate_payment_reference(amount=350001, **DEAL) != reference
    settings.PAYMENT_REFERENCE_KEY = "another key"
    assert crypto.generate_payment_reference(amount=350000, **DEAL) != reference


@pytest.mark.parametrize("prefix", ["", "sha256=", " sha256="])
def test_a_webhooks_signature_holds_for_its_body_only(prefix):
    signature = prefix + crypto.sign_webhook("body")

    assert crypto.verify_webhook_signature("body", signature)
    assert crypto.verify_webhook_signature(b"body", signature.upper().replace("SHA256", "sha256"))
    assert not crypto.verify_webhook_signature("bodY", signature)


@pytest.mark.parametrize("signature", ["", "sha256=", "00", "é", "sha256=" + "0" * 64])
def test_what_is_no_signature_never_holds(signature):
    assert not crypto.verify_webhook_signature("body", signature)


def test_a_seal_holds_for_exactly_what_was_sealed():
    sealed = {"action": "released", "contract_id": "AG-1", "actor": "party:1", "data": {"amount": 350000}}
    signature = crypto.create_audit_signature(**sealed)

    assert crypto.verify_audit_signature(**sealed, signature=signature)
    for name, value in {"action": "x", "contract_id": "x", "actor": "x", "data": {"amount": 1}}.items():
        assert not crypto.verify_audit_signature(**{**sealed, name: value}, signature=signature)
    for forged in ("", "zz", "00" * 64):
        assert not crypto.verify_audit_signature(**sealed, signature=forged)


def test_equal_values_have_one_canonical_form():
    assert canonical({"b": Decimal("1.50"), "a": Decimal("2.00")}) == b'{"a":2,"b":"1.5"}'
    with pytest.raises(TypeError):
        canonical({"a": object()})


def test_tokens_differ_by_purpose():
    assert crypto.derive_token("a") == crypto.derive_token("a") != crypto.derive_token("b")
    assert len(crypto.derive_token("a")) == 32
