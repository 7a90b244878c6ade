"""How a stand-in says no, whatever the provider calls it."""


class Declined(Exception):
    """What is asked for is against the rules; the code is the stand-in's own."""

    def __init__(self, code: str, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.code, self.sentence, self.status = code, sentence, status
