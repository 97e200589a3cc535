"""Lists: `{"results", "next", "previous"}`, in pages that stay right while rows are added.

In a view::

    pages = CursorPages()
    rows = pages.paginate_queryset(queryset, request, view=self)
    return pages.get_paginated_response(ContractSerializer(rows, many=True).data)
"""

from typing import Any

from django.core import signing
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from voicepact.kernel.api.problems import Problem

DEFAULT_LIMIT = 50
LARGEST_LIMIT = 200


class CursorPages(CursorPagination):
    """Newest first by `created_at`; a list in another order is a subclass with its own `ordering`.

    A cursor names the row after which to go on. It is signed for its order: it is one of ours, or refused.
    """

    ordering: str | tuple[str, ...] = ("-created_at", "-pk")
    page_size_query_param = "limit"
    max_page_size = LARGEST_LIMIT
    page_size = DEFAULT_LIMIT

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        return super().paginate_queryset(queryset, request, view) or []

    def get_page_size(self, request: Request) -> int:
        asked = request.query_params.get("limit")
        if asked is None:
            return DEFAULT_LIMIT
        if not (asked.isascii() and asked.isdigit() and len(asked) <= 3 and 1 <= int(asked) <= LARGEST_LIMIT):
            raise Problem(400, "invalid_request", f"limit: a whole number from 1 to {LARGEST_LIMIT}.")
        return int(asked)

    def decode_cursor(self, request: Request) -> Cursor | None:
        text = request.query_params.get("cursor")
        if text is None:
            return None
        try:
            offset, reverse, position = signing.loads(text, salt=self._salt())
        except signing.BadSignature as error:
            raise Problem(400, "invalid_request", "cursor: not one that this list gave out.") from error
        return Cursor(offset=offset, reverse=reverse, position=position)

    def encode_cursor(self, cursor: Cursor) -> str:
        text = signing.dumps([cursor.offset, cursor.reverse, cursor.position], salt=self._salt())
        return replace_query_param(str(self.base_url), "cursor", text)

    def _salt(self) -> str:
        return f"voicepact.cursor:{','.join(self.ordering)}"

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"results": data, "next": self.get_next_link(), "previous": self.get_previous_link()})
