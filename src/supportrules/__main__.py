"""``python -m supportrules`` is the command."""

from supportrules.cli import main

if __name__ == "__main__":
    main()
