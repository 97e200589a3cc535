"""The staff's desk, above all apps.

`admin`, `views` and `forms` are its pages. What they show lives by its noun: `front` page, `deal`, `dispute`,
`proposal`, `statement`, `exports`, `signin`. What stands around every page, and who may do what, lies beside them.
"""
