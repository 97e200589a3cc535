"""The stack as real processes, and the deal that `make demo` tells, against it."""

from io import StringIO

import psutil
import requests
from django.core.management import call_command
from rich.console import Console

from tests.stack import Stack
from voicepact.stack.client import Client
from voicepact.stack.readiness import wait_until
from voicepact.stack.story import Story


def test_every_process_of_the_stack_runs(stack: Stack):
    assert set(stack.supervisor.pids()) == {"web", "worker", "beat", "simulator", "supervisord"}
    assert requests.get(f"{stack.base_url}/readyz", timeout=5).status_code == 200
    assert requests.get(f"{stack.simulator_url}/healthz", timeout=5).status_code == 200


def test_a_killed_web_process_comes_back(stack: Stack):
    workers = psutil.Process(stack.supervisor.pids()["web"]).children()
    died = stack.kill("web")

    wait_until(lambda: stack.supervisor.pids().get("web", died) != died, what="web was not started again")
    wait_until(lambda: not any(worker.is_running() for worker in workers), what="workers of the killed process stayed")
    stack.wait_ready()
    assert len(workers) >= 2
    assert requests.get(f"{stack.base_url}/readyz", timeout=5).status_code == 200


def test_the_deal_of_the_demo_ends_released(stack: Stack, committed_db: None):
    printed, key = StringIO(), StringIO()
    call_command("create_api_key", "--client", "storyteller", "--all-scopes", stdout=key, stderr=StringIO())
    story = Story(Console(file=printed, width=120), Client(stack.base_url, key.getvalue().strip()), stack.simulator_url)

    payment = story.tell()

    assert payment.status == "released"
    told = printed.getvalue()
    assert told.count("SMS to Wanjiku") >= 5
    assert told.count("SMS to Otieno") >= 4
    assert "250,000 + 100,000" in told
    assert f"DELIVERED-{story.contract_id}" in told
    assert (
        story.phones_url
        == f"{stack.simulator_url}/?phones={story.buyer.person.phone[1:]},{story.seller.person.phone[1:]}"
    )
    assert requests.get(story.phones_url, timeout=5).status_code == 200
