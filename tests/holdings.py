"""Everything that belongs to one REST client, down to the last row: to assert that a refusal moved nothing."""

from typing import Any

from contracts.models import Confirmation, Contract, Deadline, Dispute, Event, Evidence, Outbox, Party
from notifications.models import Alert, Message
from payments.models import Payment, PayoutStop, Posting, Proposal, Transfer
from voicepact.kernel.models import User

OWNERS = {
    Contract: "owner",
    Party: "contract__owner",
    Confirmation: "contract__owner",
    Dispute: "contract__owner",
    Evidence: "dispute__contract__owner",
    Deadline: "contract__owner",
    Event: "contract__owner",
    Outbox: "event__contract__owner",
    Message: "contract__owner",
    Alert: "event__contract__owner",
    Payment: "contract__owner",
    Transfer: "payment__contract__owner",
    Posting: "payment__contract__owner",
    Proposal: "contract__owner",
    PayoutStop: "contract__owner",
}


def holdings(owner: User) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table that belongs to the client, with all its columns, by table."""
    return {
        model._meta.db_table: list(model._default_manager.filter(**{path: owner}).order_by("pk").values())
        for model, path in OWNERS.items()
    }
