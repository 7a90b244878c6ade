"""How mails leave us and how answers about them come back: SMTP, IMAP and Maildir folders."""
