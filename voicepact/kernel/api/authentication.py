"""Who is asking: `Authorization: Bearer <key>`."""

from knox.auth import TokenAuthentication
from knox.crypto import hash_token
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from voicepact.kernel.models import ApiKey, User

LONGEST_KEY = 200


class KeyAuthentication(TokenAuthentication):  # type: ignore[misc]
    """The request's user is the key's owner, and its `auth` is the ApiKey.

    A key is found by its digest, in one query; one that has expired (in business time) stays for staff to see.
    """

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        header = request.headers.get("Authorization", "")
        if not header:
            return None
        scheme, _, text = header.partition(" ")
        if scheme.lower() != "bearer" or not text.strip():
            raise AuthenticationFailed("Send the API key as `Authorization: Bearer <key>`.", code="invalid_key")
        return self.authenticate_credentials(text.strip().encode())

    def authenticate_credentials(self, token: bytes) -> tuple[User, ApiKey]:
        key = _find(token)
        if key is None:
            raise AuthenticationFailed("This API key is not known.", code="invalid_key")
        if key.expired():
            raise AuthenticationFailed("This API key has expired.", code="expired_key")
        if not key.user.is_active:
            raise AuthenticationFailed("The owner of this API key is closed.", code="inactive_client")
        return key.user, key

    def authenticate_header(self, request: Request | str) -> str:
        return "Bearer"


def _find(token: bytes) -> ApiKey | None:
    if not token.isascii() or len(token) > LONGEST_KEY:
        return None
    return ApiKey.objects.select_related("user").filter(digest=hash_token(token.decode())).first()
