"""Reports of mail servers about mails they could not deliver, as they come back."""

DELAYED, FAILED = ("delayed", "4.4.1"), ("failed", "5.1.1")


def report(message_id: str, *, action: str = "failed", status: str = "5.1.1", whole: bool = True) -> bytes:
    """A report in the form of RFC 3464, with the whole mail behind it or its headers only."""
    kind = "message/rfc822" if whole else "text/rfc822-headers"
    return (
        "From: MAILER-DAEMON@mail.example\r\nTo: zahlung@wollstube.example\r\nSubject: Undelivered Mail\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mail.example\r\n\r\n"
        f"Final-Recipient: rfc822; anna@post.example\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; 550 {status} no such\r\n mailbox\r\n\r\n"
        f"--b\r\nContent-Type: {kind}\r\n\r\nMessage-ID: <{message_id}>\r\nSubject: x\r\n\r\nbody\r\n--b--\r\n"
    ).encode()
