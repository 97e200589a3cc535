import base64
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from voicepact.simulator.certificate import Certificate


def encrypt(pem: bytes, password: bytes) -> str:
    key = x509.load_pem_x509_certificate(pem).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    return base64.b64encode(key.encrypt(password, padding.PKCS1v15())).decode()


def test_the_password_is_known_by_its_credential(certificate: Certificate, certificate_pem: bytes) -> None:
    credential = encrypt(certificate_pem, b"initiator password")

    assert len(credential) == 344
    assert certificate.conceals(credential, password="initiator password")
    assert not certificate.conceals(credential, password="another")


@pytest.mark.parametrize("credential", ["", "AAAA", "not base64!", "é"])
def test_what_is_no_credential_conceals_nothing(certificate: Certificate, credential: str) -> None:
    assert not certificate.conceals(credential, password="")


def test_the_pair_is_made_once(certificate_path: Path, certificate_pem: bytes) -> None:
    credential = encrypt(certificate_pem, b"again")

    assert Certificate(certificate_path).conceals(credential, password="again")
    assert certificate_path.read_bytes() == certificate_pem


def test_a_certificate_without_its_key_is_of_no_use(tmp_path: Path, certificate_pem: bytes) -> None:
    path = tmp_path / "mpesa.pem"
    path.write_bytes(certificate_pem)

    with pytest.raises(FileNotFoundError, match="no key beside it"):
        Certificate(path)
