"""Forward and reverse mode, whole and split, and what they share."""
