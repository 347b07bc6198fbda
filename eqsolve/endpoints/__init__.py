"""Models behind OpenAI-compatible addresses: asked once, kept, and replayed for nothing.

`address` says where a model answers and at what price, `request` what it is asked, and under which
key the answer is kept; `store` keeps answers, `reply` reads them, `cost` adds them up. `transport`
makes one attempt over HTTP; `client` puts all of them together; `asking` holds the settings of
methods that use it; `talker` is a model to talk to, as files name one.
"""
