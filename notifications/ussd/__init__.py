"""USSD: menus on any phone, one turn at a time.

`door` takes a turn from the network, `turns` makes it happen once, `states` is where a person stands, `places` are the
menus and questions, `deals` what a deal asks of a party, `screens` puts a screen together within 160 characters,
`labels` are the words of choices, `resuming` continues a call that broke off, `forgetting` lets old turns go.
"""
