"""What the desk keeps for itself: the figures of its front page."""

from voicepact.console.models.rollup import Day, Rollup

__all__ = ["Day", "Rollup"]
