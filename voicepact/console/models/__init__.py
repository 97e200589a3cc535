"""What the desk keeps for itself: who did what there, from where and why, and the figures of its front page."""

from voicepact.console.models.desk_act import DeskAct
from voicepact.console.models.rollup import Day, Rollup

__all__ = ["Day", "DeskAct", "Rollup"]
