import base64
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.test import Client, override_settings

from voicepact.simulator import world
from voicepact.simulator.certificate import Certificate
from voicepact.simulator.tests.stage import CONFIG, TIMESTAMP, Stage


@pytest.fixture(scope="session")
def certificate_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mpesa") / "mpesa.pem"


@pytest.fixture(scope="session")
def certificate(certificate_path: Path) -> Certificate:
    return Certificate(certificate_path)


@pytest.fixture(scope="session")
def certificate_pem(certificate: Certificate, certificate_path: Path) -> bytes:
    return certificate_path.read_bytes()


@pytest.fixture(scope="session")
def credential(certificate_pem: bytes) -> str:
    """Conceals the password of the initiator `testapi`."""
    key = x509.load_pem_x509_certificate(certificate_pem).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    return base64.b64encode(key.encrypt(CONFIG.initiator_password.encode(), padding.PKCS1v15())).decode()


@pytest.fixture
def stage(certificate: Certificate) -> Iterator[Stage]:
    """A world with books in memory, a clock that the test moves, and callbacks that are collected."""
    set_up = Stage(CONFIG, certificate)
    yield set_up
    set_up.books.close()


@pytest.fixture
def costly_stage(certificate: Certificate) -> Iterator[Stage]:
    """The same where tariffs are charged and there is a float."""
    set_up = Stage(dataclasses.replace(CONFIG, fees=True, opening_float=500_000), certificate)
    yield set_up
    set_up.books.close()


@pytest.fixture
def http(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """A client of the simulator's own addresses, in front of the stage's world."""
    monkeypatch.setattr(world, "current", lambda: stage.world)
    with override_settings(ROOT_URLCONF="voicepact.simulator.urls", MIDDLEWARE=[]):
        yield Client(raise_request_exception=False)


@pytest.fixture
def token(http: Client) -> str:
    answer = http.get(
        "/oauth/v1/generate?grant_type=client_credentials", headers={"Authorization": "Basic a2V5OnNlY3JldA=="}
    )
    assert answer.json()["expires_in"] == 3599
    return f"Bearer {answer.json()['access_token']}"


@pytest.fixture
def push_body() -> dict[str, object]:
    password = base64.b64encode(f"{CONFIG.shortcode}{CONFIG.passkey}{TIMESTAMP}".encode()).decode()
    return {
        "BusinessShortCode": 174379,
        "Password": password,
        "Timestamp": TIMESTAMP,
        "TransactionType": "CustomerPayBillOnline",
        "Amount": "1000",
        "PartyA": "254712345678",
        "PartyB": "174379",
        "PhoneNumber": "254712345678",
        "CallBackURL": "http://127.0.0.1:8000/cb/stk/0123456789abcdef0123456789abcdef",
        "AccountReference": "A7F5C3D8E9B2",
        "TransactionDesc": "Escrow",
    }
