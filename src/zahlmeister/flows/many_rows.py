"""How a process that does nothing but read and write statements treats its memory."""

import gc


def expect_many_rows() -> None:
    """Look for circles of unused objects seldom: rows come by the hundred thousand and hold none.

    Looking for them as often as a program usually does costs about a tenth of an import. For processes of workers and
    commands only: an office that answers pages must not wait for one long look.
    """
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
