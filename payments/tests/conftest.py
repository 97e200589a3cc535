"""A rail that tests script, time that they move, a client of ours, and a deal that waits for money."""

from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from django.core.cache import cache
from pytest_django import Settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from tenacity import wait_none
from time_machine import TimeMachineFixture

from contracts.models import Contract
from payments.gateways.daraja_http import TOKEN_KEY
from payments.gateways.repetition import RETRYING
from payments.models import Transfer
from payments.submission import submit
from payments.tests.rail import Rail
from tests.factories import SMALL, checked_out, confirmed, open_transfer
from voicepact.kernel import clock, redis
from voicepact.kernel.models import User
from voicepact.kernel.tests.caller import Caller, new_caller


@pytest.fixture(scope="session")
def mpesa_key() -> rsa.RSAPrivateKey:
    """M-Pesa's private half, which reads what we conceal with its certificate."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="session")
def mpesa_certificate(mpesa_key: rsa.RSAPrivateKey, tmp_path_factory: pytest.TempPathFactory) -> Path:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mpesa.test")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(mpesa_key.public_key())
    begin = datetime(2020, 1, 1, tzinfo=UTC)
    dated = builder.serial_number(1).not_valid_before(begin).not_valid_after(begin + timedelta(days=36500))
    path = tmp_path_factory.mktemp("mpesa") / "mpesa.pem"
    path.write_bytes(dated.sign(mpesa_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def rail(settings: Settings, mpesa_certificate: Path) -> Generator[Rail]:
    """The rail that both gateways talk to in this test, over HTTP. No token is known yet, and every circuit closed."""
    running = Rail()
    settings.DARAJA_BASE_URL = running.url
    settings.DARAJA_CONSUMER_KEY, settings.DARAJA_CONSUMER_SECRET = "key", "secret"
    settings.DARAJA_SHORTCODE, settings.DARAJA_PASSKEY = "174379", "simpasskey0001"
    settings.DARAJA_INITIATOR_NAME, settings.DARAJA_INITIATOR_PASSWORD = "testapi", "initiator password"
    settings.DARAJA_CERTIFICATE = str(mpesa_certificate)
    settings.AT_PAYMENTS_BASE_URL, settings.AT_PAYMENTS_PRODUCT = running.url, "escrow"
    settings.AT_USERNAME, settings.AT_API_KEY = "voicepact", "at key"
    settings.PUBLIC_URL = "https://escrow.example"
    settings.RAIL_TIMEOUT_S = (2, 5)
    store = redis.client()
    forget_rails(store)
    yield running
    running.close()
    forget_rails(store)


def forget_rails(store: Redis) -> None:
    """No token is known, every circuit is closed, and every rail has its full pace."""
    cache.delete(TOKEN_KEY)
    for family in ("circuit:*", "pace:*"):
        for key in store.scan_iter(family):
            store.delete(key)


@pytest.fixture
def without_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no Redis, which is told at once, as in production."""
    nowhere = Redis(port=1, retry=Retry(NoBackoff(), 1))
    monkeypatch.setattr("voicepact.kernel.redis.client", lambda: nowhere)


@pytest.fixture(autouse=True)
def impatient_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    """A question that got no answer is put again at once."""
    monkeypatch.setattr(RETRYING, "wait", wait_none())


Later = Callable[..., None]


@pytest.fixture
def later(time_machine: TimeMachineFixture, settings: Settings) -> Later:
    """Time stands still and moves on call: `later(minutes=5)`. Only this process's time: the stack's is let alone."""
    time_machine.move_to(clock.now(), tick=False)
    settings.CLOCK_MOVABLE = False
    return lambda **span: time_machine.shift(timedelta(**span))


@pytest.fixture
def impatient(rail: Rail, settings: Settings) -> None:
    """A rail that does not answer is given up quickly; its token is known: nothing else has to be answered as fast."""
    settings.RAIL_TIMEOUT_S = (2, 0.3)
    cache.set(TOKEN_KEY, "known")


@pytest.fixture
def caller(settings: Settings) -> Caller:
    """A client of ours with a key for everything. No worker runs here, so nobody waits for one."""
    settings.CHECKOUT_WAIT_S = 0
    return new_caller()


@pytest.fixture
def client_owner(caller: Caller) -> User:
    owner: User = caller.key.user
    return owner


@pytest.fixture
def deal(rail: Rail, later: Later) -> Contract:
    """A deal that both have agreed to and nobody has paid; time stands still."""
    return confirmed(amount=SMALL)


@pytest.fixture
def prompt(rail: Rail, later: Later) -> Transfer:
    """A prompt on the phone of a buyer who may also pay by hand; time stands still."""
    transfer = open_transfer(checked_out(amount=SMALL))
    submit(transfer.pk)
    return Transfer.objects.get(pk=transfer.pk)
