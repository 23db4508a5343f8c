"""What reads, splits, sorts or suggests: plain functions over values; no database, no queue."""
