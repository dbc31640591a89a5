//! A private Dovecot 2.3 with Maildir, for the IMAP edge.
//!
//! As root it serves mail as `nobody`, since Dovecot never opens mail as root; as a plain user everything
//! runs as that user. Passwords are plain words in a passwd-file; XOAUTH2 takes one token for all.

use super::{
    imap::Imap,
    process::{Server, free_port, is_root, program, run},
    tls::{Certificates, certificates},
};
use std::{
    fs::{self, Permissions},
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::PathBuf,
    process::Command,
};
use tempfile::TempDir;

/// The access token that every user has for XOAUTH2.
pub const TOKEN: &str = "token-of-the-tests";

/// Debian's `nobody` and `nogroup`.
const NOBODY: u32 = 65_534;

/// A running (or stopped) Dovecot with its users.
pub struct Dovecot {
    folder: TempDir,
    server: Option<Server>,
    users: Vec<(String, String)>,
    certificates: Certificates,
    /// IMAP without TLS, and STARTTLS (RFC 3501 section 6.2.1).
    pub port: u16,
    /// IMAP over TLS from the first byte (RFC 8314).
    pub tls_port: u16,
    /// Dovecot's authentication protocol, for Postfix.
    pub auth_port: u16,
}

/// A message as the server lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its UID.
    pub uid: u32,
    /// Its flags and keywords, sorted, without `\Recent`.
    pub flags: Vec<String>,
    /// INTERNALDATE.
    pub internal_date: jiff::Timestamp,
}

impl Dovecot {
    /// Starts a server with these users and their passwords; every mailbox is empty.
    pub fn start(users: &[(&str, &str)]) -> Self {
        let folder = tempfile::Builder::new().prefix("dovecot").permissions(Permissions::from_mode(0o755)).tempdir().expect("a folder");
        let certificates = certificates(folder.path());
        let (port, tls_port, auth_port) = (free_port(), free_port(), free_port());
        let users = users.iter().map(|(name, password)| ((*name).to_owned(), (*password).to_owned())).collect();
        let mut dovecot = Self { folder, server: None, users, certificates, port, tls_port, auth_port };
        dovecot.write_users();
        fs::write(dovecot.configuration(), dovecot.settings()).expect("the configuration can be written");
        dovecot.start_again();
        dovecot
    }

    /// Starts it again after [`Dovecot::stop`], on the same ports with the same mail.
    pub fn start_again(&mut self) {
        assert!(self.server.is_none(), "Dovecot runs already");
        let configuration = self.configuration();
        let configuration = configuration.to_str().expect("a temporary path is UTF-8");
        let server = Server::start(&program("dovecot", "dovecot-imapd"), &["-F", "-c", configuration]);
        server.wait_for(self.port);
        server.wait_for(self.tls_port);
        self.server = Some(server);
    }

    /// Stops it; connections break.
    pub fn stop(&mut self) {
        self.server = None;
    }

    /// Its certificate, and the authority that signed it.
    pub fn certificates(&self) -> &Certificates {
        &self.certificates
    }

    /// A plaintext connection.
    pub fn login(&self, user: &str) -> Imap {
        Imap::login(self.port, user, self.password(user))
    }

    /// Puts a message into a mailbox with a chosen INTERNALDATE such as `30-Jun-2023 23:59:59 +0800`.
    pub fn append(&self, user: &str, mailbox: &str, internal_date: &str, message: &[u8]) {
        self.login(user).command_with_literal(&format!("APPEND \"{mailbox}\" \"{internal_date}\""), message);
    }

    /// Every message of a mailbox, which is opened with EXAMINE and so left alone.
    pub fn messages(&self, user: &str, mailbox: &str) -> Vec<Listed> {
        let mut imap = self.login(user);
        imap.command(&format!("EXAMINE \"{mailbox}\""));
        imap.command("UID FETCH 1:* (UID FLAGS INTERNALDATE)").iter().filter_map(|line| Listed::parse(line)).collect()
    }

    /// The file of the n-th message (from 0) in a user's inbox, in the order of arrival.
    pub fn message_file(&self, user: &str, n: usize) -> PathBuf {
        let home = self.folder.path().join("mail").join(user).join("Maildir");
        let files = ["new", "cur"].iter().filter_map(|name| fs::read_dir(home.join(name)).ok()).flatten();
        let mut paths: Vec<PathBuf> = files.map(|entry| entry.expect("an entry").path()).collect();
        paths.sort_by_key(|path| path.file_name().map(|name| name.to_owned()));
        paths.swap_remove(n)
    }

    /// The folder of a user's inbox, once that was opened.
    pub fn maildir(&self, user: &str) -> PathBuf {
        self.folder.path().join("mail").join(user).join("Maildir")
    }

    /// The mailbox's UIDVALIDITY.
    pub fn uid_validity(&self, user: &str, mailbox: &str) -> u32 {
        let lines = self.login(user).command(&format!("STATUS \"{mailbox}\" (UIDVALIDITY)"));
        let digits: String = lines.concat().chars().skip_while(|c| *c != '(').filter(char::is_ascii_digit).collect();
        digits.parse().expect("STATUS gives UIDVALIDITY")
    }

    /// Gives the mailbox another UIDVALIDITY, as a server does after its index was lost.
    pub fn set_uid_validity(&self, user: &str, mailbox: &str, value: u32) {
        self.doveadm(&["mailbox", "update", "-u", user, "--uid-validity", &value.to_string(), mailbox]);
    }

    /// Runs `doveadm` against it.
    pub fn doveadm(&self, arguments: &[&str]) -> String {
        run(Command::new(program("doveadm", "dovecot-imapd")).arg("-c").arg(self.configuration()).args(arguments))
    }

    /// What it logged since it was started.
    pub fn log(&self) -> String {
        self.server.as_ref().map(Server::log).unwrap_or_default()
    }

    fn password(&self, user: &str) -> &str {
        &self.users.iter().find(|(name, _)| name == user).expect("the user is known").1
    }

    fn configuration(&self) -> PathBuf {
        self.folder.path().join("dovecot.conf")
    }

    /// The users' passwords and homes.
    fn write_users(&self) {
        let owner = fs::metadata(self.folder.path()).expect("the folder is there");
        let (uid, gid) = if is_root() { (NOBODY, NOBODY) } else { (owner.uid(), owner.gid()) };
        let mut lines = String::new();
        for (name, password) in &self.users {
            let home = self.folder.path().join("mail").join(name);
            fs::create_dir_all(&home).expect("a home can be made");
            chown(&home, Some(uid), Some(gid)).expect("a home can be given away");
            lines.push_str(&format!("{name}:{{PLAIN}}{password}:{uid}:{gid}::{}::\n", home.display()));
        }
        fs::write(self.folder.path().join("users"), lines).expect("the users can be written");
    }

    fn settings(&self) -> String {
        let folder = self.folder.path().display();
        let Certificates { certificate, key, .. } = &self.certificates;
        let (certificate, key) = (certificate.display(), key.display());
        let (port, tls_port, auth_port) = (self.port, self.tls_port, self.auth_port);
        let own_user = if is_root() { String::new() } else { unprivileged() };
        format!(
            "base_dir = {folder}/run
state_dir = {folder}/state
log_path = /dev/stderr
listen = 127.0.0.1
protocols = imap
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2
auth_failure_delay = 0
mail_location = maildir:~/Maildir
first_valid_uid = 1
mailbox_list_index = no
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/users
  mechanisms = plain login
}}
passdb {{
  driver = static
  mechanisms = xoauth2
  args = password={TOKEN}
}}
userdb {{
  driver = passwd-file
  args = username_format=%u {folder}/users
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service auth {{
  inet_listener {{
    address = 127.0.0.1
    port = {auth_port}
  }}
}}
{own_user}"
        )
    }
}

impl Listed {
    /// `* 1 FETCH (UID 7 FLAGS (\Seen) INTERNALDATE "…")`.
    fn parse(line: &str) -> Option<Self> {
        let items = line.split_once(" FETCH (")?.1;
        let after = |key: &str| items.split_once(key).map(|(_, rest)| rest);
        let uid = after("UID ")?.split([' ', ')']).next()?.parse().ok()?;
        let internal_date = after("INTERNALDATE \"")?.split('"').next()?.trim();
        let internal_date = jiff::Timestamp::strptime("%d-%b-%Y %H:%M:%S %z", internal_date).expect("RFC 3501's date-time");
        let listed = after("FLAGS (")?.split(')').next()?;
        let mut flags: Vec<String> = listed.split_whitespace().filter(|flag| *flag != "\\Recent").map(str::to_owned).collect();
        flags.sort();
        Some(Self { uid, flags, internal_date })
    }
}

/// Without root, nothing can change its user or its root folder.
fn unprivileged() -> String {
    let name = run(Command::new("id").arg("-un"));
    let group = run(Command::new("id").arg("-gn"));
    let (name, group) = (name.trim(), group.trim());
    let services = ["anvil", "imap-login", "stats", "ipc"].map(|service| format!("service {service} {{\n  chroot =\n}}\n")).concat();
    format!("default_internal_user = {name}\ndefault_login_user = {name}\ndefault_internal_group = {group}\n{services}")
}
