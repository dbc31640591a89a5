#!/usr/bin/env python3
"""The same job as a tuned script does it: fetch in blocks, read the form's table, keep the files, note a row, answer.

It looks at no picture, asks no questions, syncs its database once a block and its files never; it is what a good
programmer writes in a day. Needs python3-docx.
"""

import email
import email.policy
import hashlib
import imaplib
import io
import pathlib
import smtplib
import sqlite3
import sys
from email.message import EmailMessage

import docx

BLOCK = 50


def main(imap_port, user, password, smtp_port, folder):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    database = sqlite3.connect(folder / "cases.db")
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("CREATE TABLE IF NOT EXISTS cases (sha256 TEXT PRIMARY KEY, sender TEXT, title TEXT, unit TEXT, contact TEXT, complete INTEGER)")
    imap = imaplib.IMAP4("127.0.0.1", int(imap_port))
    imap.login(user, password)
    count = int(imap.select("INBOX", readonly=True)[1][0])
    smtp = smtplib.SMTP("127.0.0.1", int(smtp_port))
    for first in range(1, count + 1, BLOCK):
        _, answers = imap.fetch(f"{first}:{min(first + BLOCK - 1, count)}", "(UID BODY.PEEK[])")
        for raw in (answer[1] for answer in answers if isinstance(answer, tuple)):
            receive(raw, folder, database, smtp)
        database.commit()
    smtp.quit()
    imap.logout()


def receive(raw, folder, database, smtp):
    sha256 = hashlib.sha256(raw).hexdigest()
    (folder / f"{sha256}.eml").write_bytes(raw)
    message = email.message_from_bytes(raw, policy=email.policy.default)
    fields = {}
    for part in message.iter_attachments():
        content, name = part.get_payload(decode=True), part.get_filename() or ""
        (folder / hashlib.sha256(content).hexdigest()).write_bytes(content)
        if name.endswith(".docx"):
            for table in docx.Document(io.BytesIO(content)).tables:
                for row in table.rows:
                    cells = [cell.text.strip() for cell in row.cells]
                    if len(cells) > 1:
                        fields[cells[0]] = cells[1]
    values = [fields.get(label, "") for label in ("案例题目", "报送单位", "联系人及电话")]
    database.execute("INSERT OR IGNORE INTO cases VALUES (?, ?, ?, ?, ?, ?)", (sha256, message["From"], *values, all(values)))
    answer = EmailMessage()
    answer["From"], answer["To"], answer["Subject"] = "cases@hubei.example", message["From"], "已收到"
    answer["In-Reply-To"] = message["Message-ID"]
    answer.set_content(f"{values[1]}：\n\n您单位报送的《{values[0]}》已收到。\n")
    smtp.send_message(answer)


main(*sys.argv[1:])
