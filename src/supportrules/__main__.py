"""``python -m supportrules`` is the command, and so is ``supportrules``."""

import os
import signal


def main() -> None:
    """The entry point of the command."""
    # What is imported first takes a moment, in which an interrupt is no fault of the program.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, lambda number, _frame: os._exit(128 + number))
    from supportrules.cli import main as run

    run()


if __name__ == "__main__":
    main()
