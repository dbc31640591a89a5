//! `zhihui` reads the mailbox of a yearly collection of typical cases (典型案例征集), understands each mail,
//! keeps every case as a record with its history, places it in its collection window, and answers the unit
//! that sent it: with a receipt, or with everything that is wrong, at once. The notice is data (a campaign
//! file), not code.
//!
//! This is the architecture. It says what is true today; what is meant and missing is marked *not yet*.
//!
//! # What happens to one mail
//!
//! ```text
//! IMAP | Maildir | .eml ─► receive ─► [message: raw bytes + position]             one transaction
//!                                        │ claim (a lease; the attempt is counted)
//!                                     process ─► worker: intake::read (pure)
//!                                        │        read → screen → unpack → forms → check
//!                                        ▼
//!                                     decide (pure), in the order of receipt
//!                                        │
//!                         [disposition + case + revision + evidence + outbox]     one transaction
//!                                        │ claim (a lease; the attempt is counted)
//!                                     deliver ─► SMTP | .eml
//! ```
//!
//! 1. **Receive** ([`daemon`]'s `receive` over [`mailbox`]). A page of at most 32 mails, in the order of their
//!    UIDs, is fetched with `BODY.PEEK[]`. Its raw bytes are written and synced as blobs ([`store::blob`]); then
//!    one transaction records the mails and moves the mailbox's position ([`store::receive`]). What the mailbox
//!    lists and doesn't give is noted before that as owed ([`store::owed`]), and asked for again later.
//! 2. **Claim** ([`store::message`]). A batch of at most 64 mails of one mailbox is leased, and the attempt is
//!    counted and committed, before anything is tried.
//! 3. **Read** ([`worker`]). Each mail goes to a `zhihui worker` process, which has limited itself; several are
//!    read at the same time. There, [`intake::read`] turns bytes into an [`Intake`](model::reading::Intake):
//!     - *read*: [`intake::message`] takes header, text and files out of the MIME structure, and out of what wraps a
//!       mail (`winmail.dat`, `.msg`, opaque signatures); [`intake::identity`] hashes the mail, [`intake::thread`]
//!       notes which mails it answers and whom to answer;
//!     - *screen*: [`intake::screen`] tells what a machine sent from what a person sent; [`intake::links`] finds
//!       links that stand for files;
//!     - *unpack*: [`intake::unpack`] tells files by their bytes and opens archives, joined from their volumes and
//!       with the passwords that the mail tells, and takes out what is embedded in Word files; where the mail brings no file,
//!       [`daemon`]'s `open` has an earlier mail of its sender's own case read once more with them;
//!     - *forms*: [`intake::forms`] has every document read into the one shape
//!       [`Document`](model::document::Document) ([`intake::document`]), finds the application forms by their
//!       labels ([`intake::form`], [`intake::labels`]), and says what every other file is taken for
//!       ([`intake::evidence`]);
//!     - *seal*: [`intake::stamp`] says whether the unit's seal is on the form or a scan of it; [`intake::seal`] looks for a
//!       red stamp in a picture;
//!     - *check*: [`intake::check`] holds each form against the campaign's rules, with all defects at once;
//!       [`intake::region`], [`intake::window`] and [`intake::focus`] place it. Of a DOCX form with something to
//!       correct a copy is made with a comment at each such place ([`intake::annotate`]), which goes with the request.
//! 4. **Decide** ([`intake::decide`]). One after the other, in the order of receipt, each reading meets what the
//!    record knows ([`store::context`]): a new case, a revision, a possible revision, a supplement, a duplicate,
//!    a mail for guidance, for a person, from a machine, or for quarantine.
//! 5. **Record** ([`daemon`]'s `batch`, `record` and `reply`). What has been read waits 50 ms at most for others, from the first.
//!    The files found are written as each mail is read, and synced together; then one transaction for all of it holds each mail's disposition ([`store::verdict`]), its cases ([`store::case`]), defects and
//!    files ([`store::finding`]) and the reply, written out ([`intake::compose`]) with its Message-ID and the
//!    instant at which it may leave ([`intake::schedule`], [`store::outbox`]).
//! 6. **Deliver** ([`daemon`]'s `deliver` over [`smtp`]). What is due is leased, counted as tried, and handed over
//!    outside of any transaction: sent, deferred, dead or uncertain. An outcome is noted at once, with those of
//!    the 50 ms since the last noting ([`store::outbox::settle`]), and what comes next is claimed by the same commit, while the next
//!    mail is handed over.
//!
//! Beside this, once a week, [`daemon`]'s `digest` gathers facts ([`store::report`]), has them counted and worded
//! ([`report`]) and queues a digest for each recipient, with the note that it did ([`store::digest`]), in one transaction.
//! In the same way `remind` queues reminders ([`intake::remind`] says of what and when, [`store::remind`] notes it). What
//! waited before it goes, `renew` looks at once more.
//!
//! `poll` makes one pass of this, `run` goes on, `demo` makes a pass over a mailbox of its own, `simulate` plays a year of
//! mail on a clock that leaps and holds what went out against what should have ([`simulate`]), and `inspect` does
//! steps 3 and 4 on files and touches nothing. `reconcile` ([`daemon`]'s `reconcile`) lists the mailbox anew, holds
//! it against the ledger, and receives what is missing; `doctor` looks at each part of the way and changes nothing.
//!
//! People work the record by lists ([`cli`]'s `list`): what is typed is resolved to keys, [`store::filter`] puts
//! together a statement of literal pieces with only the conditions that are asked for, and the columns that are
//! chosen are laid out for the terminal or written as JSON, CSV or a workbook. A list that is put together in memory takes the
//! same filters, as far as its rows or their cases tell ([`cli`]'s `narrow`). What cases say is searched by an
//! index of pairs of characters ([`store::search`]), which the transaction that changes a case keeps.
//!
//! A frozen batch is judged in a round ([`review`], kept by [`store::review`]): who can't judge what is told by names, who judges
//! what follows from a seed that is published afterwards, what reviewers read has lost whose it is, and their scores come back in
//! sheets. What becomes of a case then ([`model::outcome`]) goes step by step through [`daemon::desk`], and every step stays
//! ([`store::selection`]).
//!
//! `run` listens for who watches where `[http]` says so ([`http`]): [`daemon`]'s `observe` answers, from what the loops note while they
//! work ([`daemon::meter`]) and from what waits in the record ([`store::gauge`]). The service manager is told what it wants to know
//! ([`cli`]'s `service`). Every line of the log on a mail's way bears its row's number as `message.id`.
//!
//! One case is told by [`store::detail`]: its revisions with where each value stood, its mails with their places and clocks,
//! its replies with the server's answers, what people settled, and its part of the audit log. `case explain` lays that out
//! ([`report::explain`]) beside the rules of the campaign file that judged it, which the record keeps by its hash
//! ([`store::campaign_file`]), and looks whether files, readings, frozen manifests and the log are still as they were written.
//!
//! What is to be selected is listed in the public notice, what was selected is published ([`report::publish`]): `publish consent` notes by hashes which words and pictures a unit
//! consents to ([`store::consent`]), `publish build` gathers what still is so ([`daemon::Publisher`]), has a worker make the
//! pictures ready ([`intake::picture`]), and writes site, compilation and copy beside the folder that they then replace.
//! `refer` queues a letter with its package, held, and notes it beside the mail ([`store::referral`]).
//!
//! # Invariants
//!
//! - The mailbox is never our memory, and is left as it is. Progress is (mailbox, UIDVALIDITY, UID), or the file's
//!   name; a mail is known by the SHA-256 of its raw bytes. A known mail that is met under a new UIDVALIDITY gets
//!   a position and no row; the same bytes twice under one UIDVALIDITY are two mails. A UID that vanishes means
//!   nothing. Only where `after` says so are mails flagged or moved, once their disposition is committed; that it
//!   failed is a warning.
//! - Nothing that a server claims is believed where it could hide a mail: not SEARCH, EXISTS, UIDNEXT or
//!   RFC822.SIZE. The position never passes a UID that was not listed, and what is given in another size than
//!   was told is fetched again, then taken as it is. Every answer is bounded in time and in bytes.
//! - After a refused login nobody knocks for five minutes, over restarts too, unless the credentials change.
//! - Raw bytes are durable before anything is parsed, and before the position moves: a batch is written, renamed
//!   and synced once. A sync that fails ends the process, and is not tried again on the same file.
//! - A database file that is moved, deleted or replaced ends the process before the next write.
//! - A disk that takes nothing (full, over quota, read-only) or a record that is locked pauses the work and raises an
//!   alarm ([`store::alarm`]) once; it goes on by itself, and no attempt is held against a mail or a reply.
//! - Every mail ends with exactly one disposition; `reconcile` proves it against the server.
//! - A reply is queued in the transaction of what it tells about, with its Message-ID minted: an HMAC of the
//!   answered mail's hash under a key of this deployment, so a repetition mints the same. A mail gets one reply at
//!   most, and a duplicate none. Past the caps of a day a mail gets none of its own: one summary reply after midnight
//!   tells of all of them, and is queued in the transaction that marks them as told.
//! - Delivery is at least once, and a repeat is the same bytes with the same Message-ID. An answer that is lost behind
//!   the data is followed by one repeat, then by a person; for a digest by a person at once. Nothing is sent, and no
//!   worker is waited for, inside a transaction. What the server or the account is to blame for is the connection's
//!   fault, not a mail's.
//! - An attempt is counted before it is made. A mail that fails three times goes to quarantine with its reason,
//!   and the rest goes on. A person may have it judged again ([`store::message::quarantine`]): then later mails of its
//!   thread that came to nothing are judged again behind it, and a form that was overtaken meanwhile places its
//!   case but doesn't replace what the newer one says ([`store`]'s `overtaken`).
//! - Reading is parallel; deciding is serial in each mailbox, in UID order. A mail that can't be read now holds
//!   back those behind it, so that no correction overtakes its original, until it is quarantined.
//! - A batch is claimed and read together and recorded in order, in one commit or in a few where a mail is slow, so a kill
//!   repeats at most one batch of claims, with the same Message-IDs. A batch that
//!   was cut off gets its attempt back and is claimed again mail by mail: one that kills is found alone, and only
//!   after several deaths, since a power cut is no mail's fault.
//! - The clock may leap: a lease or a wait that reaches far into the future delays nothing, what was sent "in the future"
//!   uses up no hour, and a mail from the future is answered by a person only.
//! - A lease never delays a restart: an OS lock (`flock`) beside the SQLite file proves that the predecessor is
//!   dead, and all its leases are taken over at once. On PostgreSQL several processes may work ([`store::node`]): each gives a
//!   sign of life every few seconds, and one that gave none for half a minute is signed off by the others and writes
//!   nothing more. A mailbox is received and judged by one of them at a time.
//! - A mailbox that is nearly full is told before new mail is sent back (QUOTA). An SQLite file on a network share is refused.
//! - A duplicate is the same raw hash, or the same Message-ID and sender with the same bytes but for header fields
//!   that transport adds. The same Message-ID with other content is judged like any mail.
//! - A mail from before the mailbox's `since` is entered as skipped; one larger than `limits.message_bytes` is
//!   fetched by its header only and quarantined. So is one that looks classified, is encrypted as a whole, or passes
//!   a limit.
//! - The core is pure: the same bytes, instant, campaign and context give the same outcome. A case keeps the hash of
//!   the campaign file that judged it: a changed file moves nothing, until `case reread` is asked to, which keeps what
//!   was said before and sends nothing unless `--reply` says so. What people settled ([`model::ruling`]) lies over every reading
//!   ([`store::settled`]): it closes the defects that it answers, and a later form that says something else is flagged.
//! - What people do ([`daemon::desk`]) is shown before it is done, by doing it in a transaction that is rolled back; it is
//!   done only if the same still comes of it. All of the cases that are named, or none. What came by hand is made a mail
//!   ([`intake::handed`]) and goes the way of every mail; whose it is a coordinator may say. Where two persons are asked for, logins are mapped to persons by
//!   the roster ([`model::roster`]), which also decides regions and joins renamed units.
//! - Nothing is erased by itself. `privacy purge` erases a case as a whole, or leaves it; hashes of what went stay in the
//!   audit log, blobs go from the disk after the commit that names them ([`store::retention`]).
//! - A unit's mistakes are *defects*, all told at once; ours are *errors*, and never reach a unit. What a coordinator
//!   only has to look at (`check`) never bothers a unit.
//! - A case keeps the window of its first form if the complete form arrives within the correction period, which starts
//!   when the request was sent; else it is placed by the day on which it became complete ([`intake::correction`]). Each
//!   revision keeps the rule and the instants. A request that is sent later than it says is written again, under its
//!   Message-ID, unless the server may have had it already; so is one about several cases of which some came anew meanwhile.
//! - A unit is reminded once of each occasion, in one letter a day at most, and only while something is open that it was
//!   asked for: (case, occasion) and (case, day) are keys. What came in before is judged first; a form that comes before
//!   the reminder has gone takes it back, and one that would come too late does not go.
//! - A frozen batch ([`store::frozen`]) keeps its manifest byte for byte; what comes later never enters it.
//! - The same cases, reviewers and seed give the same assignment; a recusal fills its own gap and moves nothing else; the minutes
//!   alone give all of it again. Scores
//!   are shown to nobody before the round is closed, and none comes in after that. The ranking is worked out in whole numbers.
//! - What selection makes of a case is proposed by one person and confirmed by another; facts (an objection came in, it was sent
//!   on) stand at once. 入选 comes after the public notice where the rules want one. A letter about it waits to be looked at, and
//!   is taken back where another step follows.
//! - Every act, of people and of the program, is in the audit log ([`store::audit`]), written by the commit of what
//!   it is about and chained by hashes: nothing is done without its entry, and a row that is changed, removed or put
//!   in is named. It holds no addresses, phones or words of mails; in a person's reason, numbers and the names on the case's forms are
//!   masked. Who acts is the login user. Who only looks is in it where names and numbers are shown in full: a case's page, a
//!   mail's text or source, an export.
//! - A sender whose authentication fails (as `smtp.authserv_id` tells; where it tells nothing and `smtp.verify` says so,
//!   as [`sender`] finds out by SPF, DKIM and DMARC), or who is one of several authors, opens cases but changes none and gets no
//!   answer; an automatic mail changes nothing. Another organisation's mail never revises a case: at most it is
//!   kept beside it as a possible revision. A coordinator merges or separates those
//!   ([`store::merge`]); both histories stay.
//! - Each week's digest goes to each recipient once: (campaign, region, week, recipient, copy) is a key, and only a
//!   person with a reason makes another copy. It waits for the mailboxes to be read past its period, an hour at most.
//! - Nothing is published but what two persons selected and its unit consented to, in the words and pictures that it was
//!   asked about; contacts never enter a publication, and what texts say of them is taken out and told. A picture with a seal
//!   is never shown. The same record gives the same bytes, and a build that fails leaves the old one.
//! - What is sent on to a government waits for a look. A case is 已报送 once the mail that took it to the national
//!   administration was accepted.
//! - Who watches sees ages and reasons, never a name: of who wrote, what a server said, or what a mail holds. A loop that stands still
//!   ends the watchdog's signs ([`daemon::pulse`]); one that fails and tries again doesn't.
//!
//! # Who may import whom
//!
//! ```text
//! model ─► config ─► intake ─► report ─► review ─► mailbox, smtp (both over net), sender, http, store, worker ─► daemon ─► app ─► simulate ─► cli ─► main
//!                  clock, telemetry and failpoint (where crash tests kill; not in what is shipped) stand beside
//! ```
//!
//! Each may import what stands to its left. The edges ([`mailbox`], [`smtp`], [`sender`], [`http`], [`store`], [`worker`]) never import
//! each other; of them only [`worker`] knows [`intake`], whose types it carries. [`model`], [`intake`], [`report`] and [`review`] know no
//! clock, file, network, log or waiting. SQL stands in [`store`] only. `tests/layering.rs` holds the exact table and
//! keeps it.
//!
//! # Why it is so
//!
//! - **SQLite and PostgreSQL share one SQL**, through sqlx's `Any`: one code path, one set of literal statements and
//!   tests. The price is TEXT, BIGINT and BLOB columns only (instants are milliseconds, structures JSON). Two
//!   native pools would double every function for column types that nothing here needs. PostgreSQL's tables are
//!   kept beside SQLite's under `migrations/`.
//! - **Reading happens in worker processes**, because every byte is hostile and Rust can't contain a stack overflow,
//!   an allocation beyond the memory or an endless loop in a library. A worker limits its memory, stack and
//!   time before it reads anything, and gives up files, network, other processes and all system calls that reading
//!   doesn't take (Landlock and seccomp, as far as the kernel has them: it tells); when it dies, one mail has lost
//!   one attempt. It may start threads, which one parser does to have a large stack.
//! - **The MIME structure is read by our own code** ([`intake::message`]) with mail-parser's decoders beneath: on
//!   hostile mail the library overflows the stack, takes quadratic time, and gives up on what Chinese mailers write
//!   (raw GBK header fields, encoded words cut inside a character). Limits must hold while walking, not after.
//! - **DOCX is walked by our own code** for the same reason: ticks, text boxes and merged cells are what a form
//!   consists of, and readers made for other ends lose them.
//! - **Blobs are plain files** named by their hash ([`store::blob`]): durable by write, sync and rename; whole or not
//!   there; checked at every reading; copied with any tool. In a bucket of an S3 server they have the same names, are put only
//!   where absent, and are durable by the server's word. A database of gigabytes of scans is none of these.
//! - **Edges are enums, not traits**: each has a few implementations, known here; tests use real servers on loopback.

// Where a test has the program die; nothing in what is shipped.
#[macro_use]
pub mod failpoint;

// The nouns: messages, documents, readings, decisions, campaigns. Pure data with its own rules.
pub mod model;

// The configuration file and the campaign's data files, read and judged whole.
pub mod config;

// The only reader of the time.
pub mod clock;

// What is logged, and how.
pub mod telemetry;

// The verbs: one mail's bytes into an understanding, a verdict and a letter. Pure.
pub mod intake;

// What the office reads: digest, ledger, who is missing. Pure.
pub mod report;

// Judging and selecting: who judges what, packs, sheets, the ranking. Pure.
pub mod review;

// A byte stream to a named server, for the two edges that talk to one.
pub mod net;

// Edge: IMAP, Maildir or a folder of `.eml` files, as pages of raw mails.
pub mod mailbox;

// Edge: a rendered mail to an SMTP server, or into a folder.
pub mod smtp;

// Edge: the DNS, where senders are looked up.
pub mod sender;

// Edge: the pages for who watches whether it runs.
pub mod http;

// Edge: the record, and the blobs beside it. All SQL.
pub mod store;

// Edge: the processes that read mails.
pub mod worker;

// The loops: receive, process, deliver.
pub mod daemon;

// The composition root: a configuration into everything that is open.
pub mod app;

// A year of mail on a clock that leaps, played through all of the above.
pub mod simulate;

// The command line.
pub mod cli;
