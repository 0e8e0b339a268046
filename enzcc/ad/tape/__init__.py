"""What the reverse sweep needs of the forward sweep: kept, found again or computed again."""
