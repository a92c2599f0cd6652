"""`python -m bench`. Processes that a measurement starts import this file again: so it imports nothing itself."""

if __name__ == "__main__":
    from bench.command import main

    main()
