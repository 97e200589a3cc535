"""Somebody's way in: how a device is shown to it, and what is written down of who was locked out or let in again."""
