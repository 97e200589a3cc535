"""The menu on the left: every list that this member of staff may see, in groups that follow the work."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest

from voicepact.kernel.site import site

GROUPS: dict[str, dict[str, str]] = {
    "Attention": {
        "notifications.Alert": "notifications_active",
        "payments.Proposal": "how_to_vote",
        "payments.PayoutStop": "block",
    },
    "Deals": {
        "contracts.Contract": "handshake",
        "contracts.Dispute": "gavel",
        "contracts.Evidence": "attach_file",
        "contracts.Deadline": "timer",
        "contracts.Confirmation": "task_alt",
        "contracts.Event": "timeline",
    },
    "Money": {
        "payments.Payment": "payments",
        "payments.Transfer": "swap_horiz",
        "payments.Deposit": "move_to_inbox",
        "payments.Posting": "menu_book",
        "payments.Balance": "account_balance",
    },
    "People": {"contracts.Party": "groups", "notifications.": "sms"},
    "Rails": {"payments.Wallet": "account_balance_wallet", "payments.Callback": "call_received"},
    "Staff": {
        "kernel.User": "badge",
        "auth.Group": "group_work",
        "kernel.ApiKey": "key",
        "axes.AccessAttempt": "lock_person",
        "axes.AccessFailureLog": "password",
        "axes.AccessLog": "login",
    },
}
REST = "Behind the scenes"
BEGIN_WITH = {"payments.Proposal": "state=open", "payments.PayoutStop": "state=stands"}
"""With which filter a list is opened from the menu: staff come for what waits."""


def groups(request: HttpRequest) -> list[dict[str, Any]]:
    """The menu, as Unfold takes it. A model that no group names is found in the last one."""
    left = dict(_visible(request))
    menu = []
    for title, members in GROUPS.items():
        items = [{**left.pop(label), "icon": icon} for name, icon in members.items() for label in _named(name, left)]
        menu.append({"title": title, "separator": True, "items": items})
    rest = [{**item, "icon": "settings"} for item in left.values()]
    menu.append({"title": REST, "separator": True, "collapsible": True, "items": rest})
    return [group for group in menu if group["items"]]


def _visible(request: HttpRequest) -> Iterator[tuple[str, dict[str, Any]]]:
    for app in site.get_app_list(request):
        for entry in app["models"]:
            if entry["admin_url"]:
                label, address = entry["model"]._meta.label, entry["admin_url"]
                query = BEGIN_WITH.get(label)
                yield label, {"title": entry["name"], "link": f"{address}?{query}" if query else address}


def _named(name: str, left: dict[str, dict[str, Any]]) -> list[str]:
    """The models that `name` stands for: itself, or with a dot at its end a whole app's."""
    return [label for label in left if label == name or (name.endswith(".") and label.startswith(name))]
