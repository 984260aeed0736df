"""What every room stands on: values that do not change, problems and their words, files, locks and logs."""
