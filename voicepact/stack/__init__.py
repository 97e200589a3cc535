"""The stack on one machine: PostgreSQL, Redis, web, worker, beat and simulator, started and stopped together.

`make demo` and the tests both stand on it. It imports no app: it knows the product only from outside, over HTTP and
`manage.py`.
"""
