-- What the two queues need beyond their first shape: replays and dismissals of quarantined mails, lost
-- answers of the outbox, and alarms.

-- Which mails a mail answers, so that a replayed mail's thread can be decided again.
CREATE TABLE message_answer (
    message  INTEGER NOT NULL REFERENCES message (id),
    answered TEXT    NOT NULL,
    PRIMARY KEY (message, answered)
) STRICT;
CREATE INDEX message_answer_answered ON message_answer (answered);

-- How often a person, or a replayed mail of its thread, had it judged again.
ALTER TABLE message ADD COLUMN replays INTEGER NOT NULL DEFAULT 0;
-- A person has seen to it outside of the system.
ALTER TABLE message ADD COLUMN dismissed_ms INTEGER;
ALTER TABLE message ADD COLUMN dismissed_because TEXT;

-- How often the server's answer was lost behind the data, and how often it may be sent again for that.
ALTER TABLE outbox ADD COLUMN lost_answers INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN repeat_limit INTEGER NOT NULL DEFAULT 1;

-- What is wrong at present and wants a person. A row goes when it is right again.
CREATE TABLE alarm (
    kind     TEXT    NOT NULL,
    subject  TEXT    NOT NULL,
    since_ms INTEGER NOT NULL,
    sentence TEXT    NOT NULL,
    PRIMARY KEY (kind, subject)
) STRICT;
