"""Who may sign in, with which key, and the answers that are remembered for a repeated request."""

import uuid
from datetime import timedelta

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.functional import cached_property
from django_otp import user_has_device
from knox.models import AbstractAuthToken, get_digest_token
from knox.settings import CONSTANTS

from voicepact.kernel import clock

DEFAULT_RATE = 600


class User(AbstractUser):  # type: ignore[django-manager-missing]
    """A member of staff who signs in, or a REST client that owns contracts (no password, not staff)."""

    date_joined = models.DateTimeField(default=clock.now, editable=False)

    class Meta(AbstractUser.Meta):
        db_table = "users"
        permissions = (
            ("reset_device", "Can have somebody set up two-factor sign-in anew"),
            ("lift_lockout", "Can let somebody sign in again before a lock-out ends"),
        )

    @cached_property
    def has_device(self) -> bool:
        """Whether this member of staff has set up a second factor."""
        return bool(user_has_device(self))

    def __str__(self) -> str:
        """As colleagues call them: the whole name, where it is known."""
        return self.get_full_name() or self.get_username()


class Scope(models.TextChoices):
    """What a key may be allowed to do. `read` and `write` are separate: a writer is given both."""

    CONTRACTS_READ = "contracts:read", "Read contracts"
    CONTRACTS_WRITE = "contracts:write", "Make and cancel contracts"
    PAYMENTS_READ = "payments:read", "Read payments"
    PAYMENTS_WRITE = "payments:write", "Check out, release and refund"
    DISPUTES_READ = "disputes:read", "Read disputes"
    DISPUTES_WRITE = "disputes:write", "Open and answer disputes"
    BALANCE_READ = "balance:read", "Read the wallet's balance"
    WEBHOOKS_WRITE = "webhooks:write", "Manage webhook endpoints"


class ApiKeyManager(models.Manager["ApiKey"]):
    def issue(
        self, user: User, *, name: str, scopes: list[str], days: int = 365, rate: int = DEFAULT_RATE
    ) -> tuple["ApiKey", str]:
        """A new key exists; returns it with its text, which is kept nowhere and cannot be shown again.

        Raises django's ValidationError for an unknown scope or a rate below 1.
        """
        digest, text = get_digest_token()
        now = clock.now()
        key = self.model(
            digest=digest,
            token_key=text[: CONSTANTS.TOKEN_KEY_LENGTH],
            user=user,
            name=name,
            scopes=sorted(set(scopes)),
            rate=rate,
            created=now,
            expiry=now + timedelta(days=days),
        )
        key.full_clean()
        key.save(force_insert=True)
        return key, text


class ApiKey(AbstractAuthToken):  # type: ignore[misc]
    """A REST client's key: stored as a digest, limited in scope, rate and time. Deleting it revokes it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100, blank=True)
    scopes = ArrayField(models.CharField(max_length=32, choices=Scope.choices), default=list)
    rate = models.PositiveIntegerField("requests per minute", default=DEFAULT_RATE, validators=[MinValueValidator(1)])
    created = models.DateTimeField(default=clock.now, editable=False)

    objects = ApiKeyManager()

    class Meta:
        db_table = "api_keys"
        verbose_name = "API key"
        constraints = (models.CheckConstraint(condition=models.Q(rate__gte=1), name="api_key_rate_positive"),)

    def __str__(self) -> str:
        return f"{self.name or 'key'} of {self.user} ({self.token_key[:6]}…)"

    def expired(self) -> bool:
        return self.expiry is not None and self.expiry <= clock.now()


class IdempotencyRecord(models.Model):
    """One POST of one client under its `Idempotency-Key`: claimed while it runs, then holding its answer.

    `claim` is the fence: only the request that holds it may store or release. `claimed_until` is real time, not
    business time, since it bounds how long a crashed process can block a key.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    method = models.CharField(max_length=10)
    path = models.TextField()
    body_digest = models.CharField(max_length=64)
    claim = models.UUIDField(default=uuid.uuid4)
    claimed_until = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    body = models.TextField(blank=True)
    headers = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        db_table = "idempotency_records"
        indexes = (models.Index(fields=["key"], name="answers_by_key"),)
        constraints = (models.UniqueConstraint(fields=["user", "key"], name="one_answer_per_idempotency_key"),)

    def __str__(self) -> str:
        return f"{self.method} {self.path} ({self.status or 'in progress'})"
