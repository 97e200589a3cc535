"""M-Pesa's key pair of this machine: the application encrypts its initiator password with the public half."""

import base64
import binascii
import hmac
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

VALID_FROM = datetime(2020, 1, 1, tzinfo=UTC)
VALID_FOR = timedelta(days=365 * 100)


class Certificate:
    """`path` is the certificate; its key lies beside it as `.key`. Both are made where both are missing."""

    def __init__(self, path: Path) -> None:
        key_path = path.with_suffix(".key")
        if not path.exists() and not key_path.exists():
            _make(path, key_path)
        if not key_path.exists():
            raise FileNotFoundError(f"{path} has no key beside it, so nothing sent to it could be read: remove it.")
        key = serialization.load_pem_private_key(key_path.read_bytes(), password=None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TypeError(f"{key_path} is not an RSA key.")
        self._key = key

    def conceals(self, credential: str, *, password: str) -> bool:
        """Whether this SecurityCredential (base64 of RSA PKCS#1 v1.5) holds this password."""
        try:
            plain = self._key.decrypt(base64.b64decode(credential, validate=True), padding.PKCS1v15())
        except (binascii.Error, ValueError):
            return False
        return hmac.compare_digest(plain, password.encode())


def _make(path: Path, key_path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mpesa.simulator")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(VALID_FROM)
        .not_valid_after(VALID_FROM + VALID_FOR)
        .sign(key, hashes.SHA256())
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    key_path.touch(mode=0o600)
    key_path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
