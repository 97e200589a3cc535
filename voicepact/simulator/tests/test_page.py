import re

import pytest
from django.test import Client

from voicepact.simulator import explanations, outcomes
from voicepact.simulator.faults import NAMES


def test_the_page_runs_nothing_but_its_own_files(http: Client) -> None:
    answer = http.get("/")
    html = answer.content.decode()

    assert answer.status_code == 200
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert re.findall(r"<script(?![^>]* src=)", html) == []
    assert not re.search(r"<style|\sstyle=|\son\w+=|https?://", html)


def test_every_file_that_the_page_or_a_script_names_is_served(http: Client) -> None:
    waiting = re.findall(r'(?:src|href)="/page/([^"]+)"', http.get("/").content.decode())
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        answer = http.get(f"/page/{name}")
        assert answer.status_code == 200, name
        waiting += re.findall(r'from "\./([^"]+)"', b"".join(answer).decode())

    assert {"main.js", "live.js", "favicon.svg"} <= seen


@pytest.mark.parametrize("name", ["nothing.js", "..%2fphones.py", "..%2f..%2f..%2fmanage.py", ".", "..", "main"])
def test_no_other_file_is_served(http: Client, name: str) -> None:
    assert http.get(f"/page/{name}").status_code == 404


def test_every_keyed_number_and_every_fault_is_explained(http: Client) -> None:
    assert {fate.msisdn for fate in explanations.FATES} == outcomes.KEYED
    assert {fault.name for fault in explanations.FAULTS} == NAMES
    html = http.get("/").content.decode()
    assert all(fate.msisdn in html for fate in explanations.FATES)
    assert all(f'name="{fault.name}"' in html for fault in explanations.FAULTS)
