"""The three ways the house says no, each a sentence with its facts."""


class Refusal(Exception):
    """Something was not done, and this is the sentence that says why."""


class Refused(Refusal):
    """The domain says no: the request is understood and not allowed now."""


class Unreadable(Refusal):
    """The input is not what it claims to be: which file, which entry, which field and why.

    The sentence stays on one line, whatever it quotes from the input.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(" ".join(line.strip() for line in sentence.splitlines()))


class Unreachable(Refusal):
    """The far side did not answer.

    `permanent` tells that trying again cannot help; `after` is how many seconds the far side wants to be left alone.
    """

    def __init__(self, sentence: str, *, permanent: bool = False, after: int | None = None) -> None:
        super().__init__(sentence)
        self.permanent = permanent
        self.after = after
