"""The API operator in whose name money goes out and questions are asked. Daraja tells of a wrong one by a result."""

from voicepact.simulator import fields
from voicepact.simulator.ground import Ground


def is_known(body: fields.Body, ground: Ground, *, called: str = "Initiator") -> bool:
    """Whether the operator in the field `called` exists and `SecurityCredential` conceals their password.

    Raises Refused where either is missing.
    """
    initiator = fields.text(body, called)
    credential = fields.text(body, "SecurityCredential", longest=1000)
    config = ground.config
    concealed = ground.certificate.conceals(credential, password=config.initiator_password)
    return concealed and initiator == config.initiator_name
