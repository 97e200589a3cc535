"""What staff did at the desk, from where and why: to read, never to change."""

from django.contrib import admin
from django.db.models import Q
from django.utils.safestring import SafeString

from contracts.models import Contract
from voicepact.console.models import DeskAct
from voicepact.kernel.display import NOTHING, in_words, link, link_to, veiled
from voicepact.kernel.site import site
from voicepact.kernel.staff import FixedFilter, ReadOnlyAdmin

Shown = SafeString | str

ACTS = (
    "phone.revealed",
    "phone.change_called_off",
    "pin.reset_called_off",
    "message.resent",
    "message.answered",
    "message.closed",
    "proposal.made",
    "proposal.approved",
    "proposal.rejected",
    "payouts.stopped",
    "dispute.opened",
    "dispute.evidence_added",
    "callback.replayed",
    "transfer.asked_by_staff",
    "deposit.asked_by_staff",
    "staff.added",
    "staff.changed",
    "staff.device_reset",
    "staff.lockout_lifted",
    "role.added",
    "role.changed",
    "key.changed",
    "key.removed",
)


class What(FixedFilter):
    title = "what"
    parameter_name = "what"
    options = {act: (in_words(act), Q(act=act)) for act in ACTS}


@admin.register(DeskAct, site=site)
class DeskActAdmin(ReadOnlyAdmin):
    about = "What staff did, from which address and why. Lines are added, never changed."
    list_display = ("no", "user", "what", "subject", "deal", "why", "address", "at")
    list_filter = (What,)
    list_select_related = ("user", "event")
    ordering = ("-pk",)
    search_fields = ("user__username", "subject", "event__contract__id")
    search_help_text = "A name, a contract's id, or a subject such as transfer:3f0c…"
    fields = ("user", "what", "subject", "deal", "why", "address", "of_event", "at")

    @admin.display(description="What")
    def what(self, act: DeskAct) -> str:
        return in_words(act.act)

    @admin.display(description="Contract")
    def deal(self, act: DeskAct) -> Shown:
        key = act.event.contract_id if act.event else None
        return link_to(Contract, key, key) if key else NOTHING

    @admin.display(description="Why")
    def why(self, act: DeskAct) -> str:
        return veiled(act.reason) or NOTHING

    @admin.display(description="Event")
    def of_event(self, act: DeskAct) -> Shown:
        return link(act.event)
