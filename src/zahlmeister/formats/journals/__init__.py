"""Bookings for the programs of bookkeepers: tables by layouts that are data, plain-text journals and workbooks."""
