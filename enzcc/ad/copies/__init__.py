"""The copies that are differentiated: simplified, and written so that rules know them."""
