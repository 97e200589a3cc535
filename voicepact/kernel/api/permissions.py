"""What a key may do. A view says which scope each of its methods takes::

required_scopes = {"GET": "contracts:read", "POST": "contracts:write"}
"""

from typing import Any

from rest_framework.exceptions import MethodNotAllowed, PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from voicepact.kernel.api.problems import Problem
from voicepact.kernel.models import ApiKey


class HasScope(BasePermission):
    """Allows a request whose key has the scope that the view declares for its method; undeclared is refused."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not isinstance(request.auth, ApiKey):
            return False
        if request.method not in view.allowed_methods:
            raise MethodNotAllowed(str(request.method))
        scope = scope_for(view, method=str(request.method))
        if scope is None:
            raise PermissionDenied("This operation is not open to API keys.")
        if scope not in request.auth.scopes:
            raise Problem(403, "missing_scope", f"This API key lacks the scope {scope}.", scope=scope)
        return True


def scope_for(view: Any, *, method: str) -> str | None:
    """The scope that `view` declares for `method` (HEAD takes GET's), or None."""
    declared: dict[str, str] = getattr(view, "required_scopes", {})
    return declared.get("GET" if method == "HEAD" else method)
