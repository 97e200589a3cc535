"""Lists as files: what is in a row of each, which rows a list has, how they are written, and who is allowed to ask."""
