"""What the desk keeps for itself: who did what there, from where and why, and the lists it has had written to files."""

from voicepact.console.models.desk_act import DeskAct
from voicepact.console.models.export import Export

__all__ = ["DeskAct", "Export"]
