"""The queue: broker, relay of the outbox, the pipeline, webhooks."""
