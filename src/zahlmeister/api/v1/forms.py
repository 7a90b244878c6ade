"""The forms that every part of the interface shares: ids, amounts, days, pages."""

from datetime import date, datetime
from typing import Annotated

from ninja import Schema
from pydantic import Field

from zahlmeister.money.amount import minor_text

Id = Annotated[str, Field(description="A text of digits.", examples=["1873421112345088"])]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", examples=["EUR"])]
Money = Annotated[str, Field(description="A text with a dot; below zero with a minus.", examples=["49.90"])]
#: An amount as it is handed in: above or equal to zero.
MoneyIn = Annotated[str, Field(pattern=r"^[0-9]{1,12}([.][0-9]{1,3})?$", examples=["49.90"])]
Day = Annotated[date, Field(examples=["2026-11-22"])]
Moment = Annotated[datetime, Field(examples=["2026-11-22T10:15:00Z"])]
#: A text of one line as programs hand it in.
Line = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f]*$")]
#: An id to filter by, or none.
Ref = Annotated[str, Field(pattern=r"^([0-9]{1,19})?$")]
#: Which shop is meant.
ShopRef = Annotated[Ref, Field(description="Not needed when there is only one.", examples=[""])]
Mail = Annotated[str, Field(max_length=254, pattern=r"^([^@\s\x00]+@[^@\s\x00]+)?$", examples=["anna@example.org"])]
Next = Annotated[str | None, Field(description="`cursor` of the next page; null on the last one.", examples=[None])]


class AddressOut(Schema):
    """Who gets the bill, or the parcel."""

    name: str = Field(examples=["Anna Weber"])
    company: str = Field(examples=[""])
    street: str = Field(examples=["Weg 1"])
    postcode: str = Field(examples=["50667"])
    city: str = Field(examples=["Köln"])
    country: str = Field(examples=["DE"])
    phone: str = Field(examples=[""])


def money(minor: int, currency: str) -> str:
    """Whole minor units as programs get them."""
    return minor_text(minor, currency)
