"""`python -m tests.million`: a year of deals with 1,000,000 payments, and how fast the lists open on them."""
