"""What the desk keeps for itself: who did what there, from where and why."""

from voicepact.console.models.desk_act import DeskAct

__all__ = ["DeskAct"]
