"""Daraja's result codes in words. Source: Daraja portal, M-Pesa Express, B2C and Reversal pages."""

_WORDS = {
    "0": "The service request is processed successfully.",
    "1": "The balance is insufficient for the transaction.",
    "3": "Declined due to limit rule: greater than the maximum transaction amount.",
    "4": "Declined due to limit rule: would exceed daily transfer limit.",
    "8": "Declined due to limit rule: would exceed the maximum balance.",
    "17": "Rule limited.",
    "1032": "Request cancelled by user.",
    "1037": "No response from user.",
    "2001": "The initiator information is invalid.",
    "2040": "Credit Party customer type (Unregistered or Registered Customer) can't be supported by the service.",
    "4999": "The transaction is still under processing",
    "R000001": "The transaction has already been reversed.",
    "R000002": "The OriginalTransactionID is invalid.",
    "SFC_IC0003": "The operator does not exist.",
}

# The query words two of them otherwise than the callback does.
_WORDS_OF_QUERY = {"1032": "Request Cancelled by user.", "1037": "DS timeout user cannot be reached."}


def words(code: str) -> str:
    return _WORDS[code]


def words_of_query(code: str) -> str:
    return _WORDS_OF_QUERY.get(code, _WORDS[code])


def number_or_text(code: str) -> int | str:
    """Callbacks carry a number where the code is one, and text where it is not (`SFC_IC0003`)."""
    return int(code) if code.isdigit() else code
