"""A deal's statement on paper, for a court or a party: what it tells, how it is laid out, and that it was printed."""
