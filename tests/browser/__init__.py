"""The desk in a real browser, against the running stack: everything is done by clicks, and its data came by the API."""
