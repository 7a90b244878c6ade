"""A worked example of the module protocol with keys of its own, made by OpenSSL's command line and not by us."""

ACCESS_CODE = "Wolle2026"
ACCESS_CODE_MD5 = "ae635b228af079b87f0b426c9d0bb0d2"
#: RSA pairs of 1024 bits: the shop opens with the first what we send, we open with the second what it sends.
SHOP_PRIVATE = (
    "MIICXAIBAAKBgQC7bmCBzw+/jRrxc9JXdD+zB+ymxqseHfUxYBuDcItYp7C4sdeNChoV08FgqiEl6xRf2sK/r9+ohGZ+ilxQtmdRjwXv"
    "uxUyAQQKJ+7d2D7pBjxR1v3SBOcm8j3JjGjEdLOKqmZfGrmzf4HZgrSYkBrUrngUx1xwQdZz3MkE4v5j8QIDAQABAoGAMGMbaQeioin0"
    "dbcX61nog/icwKVzUbAcN6X/FFy+rKGF/vhylEeyWkYzmxfwvNBGj0RzmHb3/5JGv45KrM+aNkPHKX2go+yrOSLHF/oHsmGA/+fvoFF4"
    "I0GVNRvhO91hY7qzwSpHjVu4SyUNT6xj1mUf66LOpwYVNiHGWlzeDRECQQDk7HCVActHeMkB8zRg3p+XWX3BkhwmQrjboYpdfM7v4EHm"
    "/1pA5RDcLVETK7aVJ4PM1rZsbm1/hR/2O1/o27V1AkEA0ZmXSSWzii6UoCloDbEMqhKLj+mgRsQxqN+4YXBMRS5Lh+Z72uTgUpjOQnfJ"
    "+NbrIGN8myQXWzJpej0lWC7ZDQJBAOAQlLkkAmW4UXY5J6FRBX/MNgyLCEZitDE00gtjJ+Ed7SM9+IbgLjpzmJFdDd67yINr/S3wf/h6"
    "wqftwZhXxCkCQGSx8jFtEGU5XaPYYKn7PgdS44OfDKYSyXzFBjKhnbK6vAStISGXRYHI8YaTQA/xSIKF6S4rV6EzheL5D0DfON0CQDQb"
    "saojD0ni2qWYAw+hRHVJo7G2tJNsJfCLITXsv3CAVY0iu1h0+HeHBPxxMnlOhZgNgjTl2NbwMr2v6xcezaI="
)
SHOP_PUBLIC = (
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC7bmCBzw+/jRrxc9JXdD+zB+ymxqseHfUxYBuDcItYp7C4sdeNChoV08FgqiEl6xRf"
    "2sK/r9+ohGZ+ilxQtmdRjwXvuxUyAQQKJ+7d2D7pBjxR1v3SBOcm8j3JjGjEdLOKqmZfGrmzf4HZgrSYkBrUrngUx1xwQdZz3MkE4v5j"
    "8QIDAQAB"
)
OUR_PRIVATE = (
    "MIICXQIBAAKBgQDajja7lierbgLf4d3+cPoNBUESTbIWGMt1QYvTfK6ze+kaS3l+34W/HtLQcGSxoXo5XwobVLc6OLK//z8hf/KDkQgT"
    "xGwr+oTUwEApOWmjZOWsekcTZ7Xe7daQ+mMvdlYBdS5aKSLcEtgPLQXqpsyF8s9l2QK2AqOo12Yr18CGzwIDAQABAoGBAM2/E8eEk9PO"
    "vOYGu/XMZZncWGXivsQOk3rPOdLejZhqDgezBa1qv34shkmzhRez7FwWHG2eUt98gMo+gDAJQ0La2VXKd5ctsrpx4AAnpoDtiW8OqgO3"
    "l4MzBr3aTkiZfB7ZCTkwRnt6VvX4aUT5vC8z4yDB+8PzrPvTR+q7jvgBAkEA8KvrFrwlMt77Ikfoc04hrEUpyGEoP1ULFfjgAlzsHUPe"
    "gcwDavbWRMBmxjRziP2Z5lUBsyg51/kHt+/3jWKzSwJBAOh5syb+OiTRgDyqPH4+7GSqv6x7nkV6E8yr1Ca2cz/Ssw/l+ybN1TRBrnIb"
    "kUL7XcZLTSfcDcMpGr+UOIZoxA0CQEmG3F2nwV2XTfYdLeD8P8FXp/o15IvkuWxPCnDuXpxaPcI9x9WH79I1TbDEGYACql/6HHjVk0Zu"
    "KHODdofVXZ0CQCo62UlvCx7fE71xazW/tm9++PybJCAY0fnvCMXThNIGM1LjAyGEaINqnwbJbTTOtrUrvqNL/RADqoE8qpv38g0CQQCo"
    "hc5CuNCr/+U1DFFFdBaNNgVR3PvIM8q9lAuf79lFadbJ5S2ILF8xBJr2Mqmfki/3p7aB60JhapSTQTIC8smQ"
)
OUR_PUBLIC = (
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDajja7lierbgLf4d3+cPoNBUESTbIWGMt1QYvTfK6ze+kaS3l+34W/HtLQcGSxoXo5"
    "XwobVLc6OLK//z8hf/KDkQgTxGwr+oTUwEApOWmjZOWsekcTZ7Xe7daQ+mMvdlYBdS5aKSLcEtgPLQXqpsyF8s9l2QK2AqOo12Yr18CG"
    "zwIDAQAB"
)
#: A list of 126 bytes: a block of 117 and one of 9.
LIST = "".join(f'"{number}";' for number in (*range(4001, 4018), 4711))
LIST_BLOCKS = (
    (
        "Z9bW/jtBiz8hOHAZz4SM6uMzDDR0kmbeBskR3np1HnxE2y08xjUiNv2cMqIkO+nAURJLYUUoYoyDIbo9y9kMXiO0A6zwXs0goGLzkGuh"
        "BjlsdbWJEOhuN0GO7FUIRwmM3UFm5mNWUbXem4wcGnyFCl2C8tRyGGRlaoTZNDngmyo="
    ),
    (
        "GS8fBCDYCikrM0HVpPIgVZU61bcGoRDTseJJEkS/Lha1A1y6NxrIb5ltEI0Lb6HVzoJA7vvUWkekt1UQXLwJPlGsXNhvRnhHOW2ZS1p8"
        "a/2i+6BKP7Hp426JRGM/OjBh0vOWJgk8tSc+ANJJRp1Vdpb6xmM+RQivRiFz0vvHHX8="
    ),
)
#: `"301";"302";` as mcrypt pads it (twelve blanks, eight zeros), by length of the key.
AES_IV = "0123456789abcdef"
AES_LIST = {
    "abcdefghijklmnop": "+07xIE3GIbcYO2opM1Shvb+zGlOMC9SLknV9894+MUI=",
    "abcdefghijklmnopqrstuvwx": "UpJ9Si7PNKOPU0NWY4x55vgYMvdfPfVHbE/VXPwbtSM=",
    "abcdefghijklmnopqrstuvwxyz012345": "c2N6Q8SbYWjnGJOcmebdiUh6KBSL9s49PP6ydC9vy+w=",
}
