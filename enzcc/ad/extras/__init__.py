"""What is asked for beside derivatives: other precisions, error bounds, sparse shadows, traces."""
