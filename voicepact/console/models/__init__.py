"""What the desk keeps for itself: who did what there and why, the figures of its front page, and lists as files."""

from voicepact.console.models.desk_act import DeskAct
from voicepact.console.models.export import Export
from voicepact.console.models.rollup import Day, Rollup

__all__ = ["Day", "DeskAct", "Export", "Rollup"]
