"""What is remembered: tables and their migrations, objects in S3, the outbox, the tasks."""
