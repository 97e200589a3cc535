"""What a payout costs the shortcode, in whole shillings. Source: Safaricom's B2C tariff form of August 2023."""

_BANDS = ((100, 0), (1_500, 5), (5_000, 9), (20_000, 11))
_ABOVE = 13


def payout_fee(amount: int) -> int:
    return next((fee for highest, fee in _BANDS if amount <= highest), _ABOVE)
