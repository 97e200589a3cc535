"""The outside world on this machine: M-Pesa's and Africa's Talking's rails, and the phones behind them.

A process of its own that speaks the real wire formats, so that the application runs its real adapters against it. It
imports no app. Its rules are plain objects with an injected clock; HTTP is a skin over them.
"""
