"""A proposal before it is carried out: what it would do, what people would read then, and who may approve it."""
