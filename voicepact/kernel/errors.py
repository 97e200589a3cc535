"""How the domain says no."""


class Refusal(Exception):
    """A fact that stands against what was asked, in words for the caller.

    Each app names its own in its errors.py, with a stable `code` and the HTTP `status` it is answered with. `extra`
    goes into the answer as further members; `retry_after` (whole seconds) also becomes the header `Retry-After`.
    """

    code: str = "refused"
    status: int = 409

    def __init__(self, detail: str, **extra: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extra = extra
