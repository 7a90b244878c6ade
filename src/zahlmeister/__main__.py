"""`python -m zahlmeister` is the command `zahlmeister`."""

from zahlmeister.cli.main import main

if __name__ == "__main__":
    main()
