"""The process that reads a file ahead of the one that writes; started by `flows.read_ahead`."""

import sys

import django

django.setup()

from zahlmeister.flows.many_rows import expect_many_rows  # noqa: E402 - tables are there only after the set-up
from zahlmeister.flows.read_ahead import read_ahead  # noqa: E402 - likewise

expect_many_rows()
read_ahead(int(sys.argv[1]))
