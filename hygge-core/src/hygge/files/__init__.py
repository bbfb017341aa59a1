"""Files, once: the file-system interface, staging and publishing, and the stores made of files."""
