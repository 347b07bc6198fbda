"""Foreign file formats: each module reads one into plain arrays or raises `FormatError`."""
