//! A private Postfix with TLS and login, for the SMTP edge.
//!
//! Only its `smtpd` runs: users log in against a private [`Dovecot`], and every message goes through
//! `smtpd_proxy_filter` to an [`SmtpSink`] before the client has its answer, so nothing is queued and what was
//! accepted has arrived. Postfix changes users by itself and so needs root.

use super::{
    dovecot::Dovecot,
    process::{Server, free_port, is_root, program, run},
    smtp_sink::SmtpSink,
};
use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Command,
};
use tempfile::TempDir;

/// A running Postfix.
pub struct Postfix {
    folder: TempDir,
    _server: Server,
    /// SMTP with STARTTLS (RFC 3207), which it demands before login and mail.
    pub port: u16,
    /// SMTP over TLS from the first byte (RFC 8314).
    pub tls_port: u16,
}

impl Postfix {
    /// Starts one with the users and the certificate of `dovecot`; mail ends in `sink`.
    pub fn start(dovecot: &Dovecot, sink: &SmtpSink) -> Self {
        let postfix = program("postfix", "postfix");
        assert!(
            is_root(),
            "this test needs root, since Postfix changes users by itself: please run it as root, in a container for instance"
        );
        let folder = tempfile::Builder::new().prefix("postfix").permissions(Permissions::from_mode(0o755)).tempdir().expect("a folder");
        let (port, tls_port) = (free_port(), free_port());
        fs::create_dir(folder.path().join("queue")).expect("a folder can be made");
        let write = |name: &str, text: String| fs::write(folder.path().join(name), text).expect("the configuration can be written");
        write("main.cf", main_cf(folder.path(), dovecot, sink));
        write("master.cf", master_cf(port, tls_port));
        let configuration = folder.path().to_str().expect("a temporary path is UTF-8");
        // It makes the folders of the queue, owned as Postfix wants them.
        run(Command::new(postfix).args(["-c", configuration, "check"]));
        let server = Server::start(Path::new("/usr/lib/postfix/sbin/master"), &["-c", configuration, "-d"]);
        server.wait_for(port);
        server.wait_for(tls_port);
        Self { folder, _server: server, port, tls_port }
    }

    /// What it logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

fn main_cf(folder: &Path, dovecot: &Dovecot, sink: &SmtpSink) -> String {
    let (folder, auth_port, sink_port) = (folder.display(), dovecot.auth_port, sink.port);
    let (certificate, key) = (dovecot.certificates().certificate.display(), dovecot.certificates().key.display());
    format!(
        "compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.example
mydestination =
alias_maps =
local_recipient_maps =
smtpd_tls_chain_files = {key}, {certificate}
smtpd_tls_session_cache_database =
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{auth_port}
smtpd_tls_auth_only = yes
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_proxy_filter = 127.0.0.1:{sink_port}
smtpd_peername_lookup = no
smtpd_error_sleep_time = 0
"
    )
}

/// No cleanup, qmgr or delivery agents: nothing is ever queued.
fn master_cf(port: u16, tls_port: u16) -> String {
    format!(
        "127.0.0.1:{port} inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt
127.0.0.1:{tls_port} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"
    )
}
