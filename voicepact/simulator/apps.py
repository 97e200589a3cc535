from django.apps import AppConfig


class SimulatorConfig(AppConfig):
    """No models: the simulator keeps books of its own. An app only so that `manage.py simulator` is found."""

    name = "voicepact.simulator"
    verbose_name = "Simulator"
