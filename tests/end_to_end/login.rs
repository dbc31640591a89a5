//! How the mailbox is reached: TLS both ways, passwords, tokens, and what is said where it can't be.

use crate::{
    mails::{append, some_mails},
    site::{AT_ONCE, Site, imap, smtp},
    support::{
        dovecot::{Dovecot, TOKEN},
        process::free_port,
    },
};

const ACCESS: &str = "tls = \"none\"\n";

/// A server with one mail, a site that reads it in the clear, and an SMTP port that nobody listens on.
fn reading() -> (Dovecot, Site) {
    let dovecot = Dovecot::start(&[("cases", "secret")]);
    append(&dovecot, &some_mails(&["603"]));
    let site = Site::new(&[&imap(&dovecot), &smtp(free_port()), AT_ONCE]);
    (dovecot, site)
}

#[test]
fn tls_both_ways_by_a_trusted_authority_only() {
    for (tls, is_implicit) in [("implicit", true), ("starttls", false)] {
        let (dovecot, site) = reading();
        site.change(ACCESS, &format!("tls = \"{tls}\"\nname = \"main\"\n"));
        if is_implicit {
            site.change(&format!("port = {}", dovecot.port), &format!("port = {}", dovecot.tls_port));
        }
        site.run(&["poll"]).assert(78, &["邮箱 main", "SSL_CERT_FILE"]);
        assert_eq!(site.list("message").len(), 0);
        let site = site.with("SSL_CERT_FILE", dovecot.certificates().authority.display().to_string());
        site.poll();
        assert_eq!(site.column("message", "disposition"), ["inquiry"]);
    }
}

#[test]
fn a_wrong_password_is_told_with_what_to_do() {
    let (_dovecot, site) = reading();
    site.write("secret", "wrong");
    site.run(&["poll"]).assert(78, &["邮箱 main", "授权码", "开启 IMAP"]);
    site.write("secret", "");
    site.run(&["poll"]).assert(78, &["内容为空"]);
    site.write("secret", "secret");
    site.poll();
    assert_eq!(site.list("message").len(), 1);
}

#[test]
fn a_token_opens_the_mailbox() {
    let (_dovecot, site) = reading();
    site.change(ACCESS, "tls = \"none\"\nauth = \"xoauth2\"\n");
    site.write("secret", TOKEN);
    site.poll();
    assert_eq!(site.list("message").len(), 1);
}

#[test]
fn a_secret_comes_by_a_variable_or_a_command() {
    let (dovecot, site) = reading();
    site.change("password_file = \"secret\"", "password_env = \"THE_SECRET\"");
    site.run(&["poll"]).assert(78, &["THE_SECRET", "没有设置"]);
    let site = site.with("THE_SECRET", "secret");
    site.poll();
    append(&dovecot, &some_mails(&["604"]));
    site.change("password_env = \"THE_SECRET\"", "password_command = \"printf secret\"");
    site.poll();
    assert_eq!(site.list("message").len(), 2);
}

#[test]
fn a_server_or_a_folder_that_is_not_there_is_told() {
    let (dovecot, site) = reading();
    let real = format!("port = {}", dovecot.port);
    let closed = format!("port = {}", free_port());
    site.change(&real, &closed);
    site.run(&["poll"]).assert(75, &["邮箱 main", "请检查网络"]);
    site.change(&closed, &real);
    site.change(ACCESS, "tls = \"none\"\nfolder = \"申报\"\n");
    site.run(&["poll"]).assert(78, &["邮箱 main", "folder"]);
}
