"""What all rooms use: values that do not change, problems and their words, files, locks and logs."""
