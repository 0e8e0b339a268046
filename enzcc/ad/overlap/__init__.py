"""Which memory is distinct, known before or tested when the program runs."""
