"""Asking for what did not come: reminders and dunning notices, their fees and interest, and the end of waiting."""
