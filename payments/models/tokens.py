"""The secret in the address of a callback."""

import secrets


def new_token() -> str:
    """32 lower-case hex characters: Daraja refuses some words in an address, and hex spells none of them."""
    return secrets.token_hex(16)
