//! A connection that breaks in the midst, and a program that is killed: nothing is lost, nothing doubled.

use crate::{
    mails::{append, assert_whole, golden_mails, some_mails},
    site::{AT_ONCE, Site, imap, smtp},
    support::{dovecot::Dovecot, process::free_port, smtp_sink::SmtpSink},
};
use std::{
    io::{Read, Write},
    net::{Ipv4Addr, Shutdown, TcpListener, TcpStream},
    thread,
    time::Duration,
};

/// A way to a server that breaks after so many bytes, and then for good: the port for the client.
fn breaking_way(to: u16, after: usize) -> u16 {
    let port = free_port();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("a free port");
    thread::spawn(move || {
        let (mut client, _) = listener.accept().expect("a client");
        let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, to)).expect("the server listens");
        let (mut asked, mut sent) = (client.try_clone().expect("a socket"), server.try_clone().expect("a socket"));
        thread::spawn(move || std::io::copy(&mut asked, &mut sent));
        let (mut left, mut buffer) = (after, [0; 4096]);
        while let Ok(length @ 1..) = server.read(&mut buffer) {
            let length = length.min(left);
            let written = client.write_all(&buffer[..length]);
            left -= length;
            if left == 0 || written.is_err() {
                break;
            }
        }
        drop(listener);
        let _ = (client.shutdown(Shutdown::Both), server.shutdown(Shutdown::Both));
    });
    port
}

#[test]
fn a_server_that_goes_away_is_told_and_the_next_pass_goes_on() {
    let (dovecot, sink) = (Dovecot::start(&[("cases", "secret")]), SmtpSink::start());
    let mails = golden_mails();
    append(&dovecot, &mails);
    let all: usize = mails.iter().map(|mail| mail.raw.len()).sum();
    let site = Site::new(&[&imap(&dovecot), &smtp(sink.port), AT_ONCE]);
    let real = format!("port = {}", dovecot.port);
    let mut way = real.clone();
    for share in [3, 2] {
        let next = format!("port = {}", breaking_way(dovecot.port, all / share));
        site.change(&way, &next);
        way = next;
        site.run(&["poll"]).assert(75, &["邮箱 main", "请"]);
        let known = site.list("message");
        assert!(known.iter().all(|row| !row["disposition"].is_null()), "what came in is judged");
    }
    let known = site.list("message").len();
    assert!(0 < known && known < mails.len(), "{known} mails came in before");
    site.change(&way, &real);
    site.poll();
    assert_whole(&site, &sink, &mails);
}

#[test]
fn a_stopped_server_is_told_and_the_next_pass_goes_on() {
    let (mut dovecot, sink) = (Dovecot::start(&[("cases", "secret")]), SmtpSink::start());
    let mut mails = some_mails(&["00", "60"]);
    let late = mails.split_off(5);
    append(&dovecot, &mails);
    let site = Site::new(&[&imap(&dovecot), &smtp(sink.port), AT_ONCE]);
    site.poll();
    append(&dovecot, &late);
    dovecot.stop();
    site.run(&["poll"]).assert(75, &["邮箱 main", "请检查网络"]);
    dovecot.start_again();
    site.poll();
    mails.extend(late);
    assert_whole(&site, &sink, &mails);
}

#[test]
fn a_killed_pass_is_taken_up_by_the_next() {
    let (dovecot, sink) = (Dovecot::start(&[("cases", "secret")]), SmtpSink::start());
    let mails = some_mails(&["0", "2", "4", "60", "61"]);
    append(&dovecot, &mails);
    let site = Site::new(&[&imap(&dovecot), &smtp(sink.port), AT_ONCE]);
    // Each pass gets a little longer, until one ends by itself: so it cuts at every stage, however slow the machine.
    let mut delay = Duration::from_millis(120);
    let mut killed = 0;
    while site.start(&["poll"]).kill_after(delay) {
        delay = delay.mul_f64(1.25);
        killed += 1;
    }
    assert!(killed > 4, "{killed} passes were cut off");
    site.poll();
    assert_whole(&site, &sink, &mails);
    let because = site.column("message", "because");
    assert!(!because.iter().any(|because| because.contains("次处理均未成功")), "no innocent mail is put away: {because:?}");
}
