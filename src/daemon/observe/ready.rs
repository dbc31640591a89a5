//! Whether the daemon does its work: mail comes in, is recorded, and replies leave. If not, why, in Chinese and in English.

use super::Seen;
use crate::daemon::meter::Contact;
use crate::http::Answer;
use crate::store::Gauges;
use std::time::Duration;

/// A connection that is lost is soon made anew; the second failure in a row is news.
const FAULTS: u32 = 2;
/// A mailbox is looked at every minute. A page of large mails over a slow line takes its time.
const UNREAD: Duration = Duration::from_secs(15 * 60);
/// After so long without a sign of life the other processes take over.
const NO_SIGN: Duration = Duration::from_secs(30);

/// A reason not to be ready, in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shortcoming {
    chinese: String,
    english: String,
}

fn short(chinese: impl Into<String>, english: impl Into<String>) -> Shortcoming {
    Shortcoming { chinese: chinese.into(), english: english.into() }
}

/// The page: `ready`, or a line for each reason.
pub(super) fn page(shortcomings: &[Shortcoming]) -> Answer {
    let lines = shortcomings.iter().map(|short| format!("{} / {}\n", short.chinese, short.english));
    let text = if shortcomings.is_empty() { "ready\n".to_owned() } else { lines.collect() };
    Answer { is_well: shortcomings.is_empty(), text }
}

impl Seen {
    /// Everything that keeps it from its work. Without `gauges` the record could not be asked.
    pub(super) fn shortcomings(&self, gauges: Option<&Gauges>) -> Vec<Shortcoming> {
        let mut found = Vec::new();
        match gauges {
            None => found.push(short("数据库无法使用", "the database can't be used")),
            Some(gauges) => {
                if stands(gauges, "storage", "") {
                    found.push(short("磁盘写不进去，收信已暂停", "the disk takes nothing, receiving is paused"));
                }
                found.extend(self.mailboxes.iter().filter_map(|name| self.of_mailbox(name, gauges)));
            }
        }
        if self.meters.last_sign().is_some_and(|ago| ago > NO_SIGN) {
            found.push(short(
                "本节点的租约没有续上，邮箱可能已由其他节点接手",
                "the lease of this process was not renewed, another may have taken its mailboxes",
            ));
        }
        found.extend(self.of_line(gauges));
        found
    }

    fn of_mailbox(&self, name: &str, gauges: &Gauges) -> Option<Shortcoming> {
        let Some(contact) = self.meters.mailboxes().get(name).copied().filter(|_| self.kept.borrow().contains(name)) else {
            let is_orphan = !self.kept.borrow().contains(name) && !gauges.looked_after.contains(name);
            return is_orphan
                .then(|| short(format!("邮箱 {name} 此刻没有节点在处理"), format!("no process has the lease of mailbox {name}")));
        };
        if stands(gauges, "login", name) {
            return Some(short(format!("邮箱 {name} 拒绝登录，请核对授权码"), format!("mailbox {name} refuses the login")));
        }
        of_contact(name, contact)
    }

    /// A server that can't be used stays so until it takes a mail; so does what an earlier process found, until this one has
    /// tried.
    fn of_line(&self, gauges: Option<&Gauges>) -> Option<Shortcoming> {
        let line = self.meters.line();
        let since = line.broken.map(|watch| seconds(watch.elapsed()));
        let was_broken = line.last_sent.is_none() && gauges.is_some_and(|gauges| stands(gauges, "smtp", ""));
        match since {
            Some(since) => Some(short(
                format!("发信服务器无法使用，已有{since}秒，回复在发件箱中等候"),
                format!("the SMTP server can't be used for {since} s, replies wait in the outbox"),
            )),
            None if was_broken => {
                Some(short("发信服务器无法使用，回复在发件箱中等候", "the SMTP server can't be used, replies wait in the outbox"))
            }
            None => None,
        }
    }
}

fn of_contact(name: &str, Contact { since, was_read, faults }: Contact) -> Option<Shortcoming> {
    let ago = seconds(since.elapsed());
    let is_late = since.elapsed() > UNREAD;
    if faults >= FAULTS || is_late {
        return Some(short(
            format!("邮箱 {name} 已有{ago}秒没有成功收取（连续失败{faults}次）"),
            format!("mailbox {name} was not read for {ago} s ({faults} failures in a row)"),
        ));
    }
    (!was_read).then(|| short(format!("邮箱 {name} 启动后尚未读完一遍"), format!("mailbox {name} was not read yet since the start")))
}

fn stands(gauges: &Gauges, kind: &str, subject: &str) -> bool {
    gauges.alarms.iter().any(|(of, about, _)| of == kind && about == subject)
}

fn seconds(length: Duration) -> u64 {
    length.as_secs()
}

#[cfg(test)]
mod tests {
    use super::super::tests::seen;
    use super::*;
    use crate::clock::Stopwatch;

    async fn told(seen: &Seen) -> String {
        let gauges = seen.gauges().await;
        page(&seen.shortcomings(gauges.as_ref())).text
    }

    #[tokio::test]
    async fn it_is_ready_once_its_mailbox_was_read_and_says_what_is_wrong_later() {
        let folder = tempfile::tempdir().unwrap();
        let seen = seen(&folder).await;
        assert!(told(&seen).await.contains("mailbox main was not read yet"));
        seen.meters.read_well("main");
        assert_eq!(told(&seen).await, "ready\n");
        seen.meters.read_badly("main");
        assert_eq!(told(&seen).await, "ready\n", "a connection may be lost once");
        seen.meters.read_badly("main");
        assert_eq!(
            told(&seen).await,
            "邮箱 main 已有0秒没有成功收取（连续失败2次） / mailbox main was not read for 0 s (2 failures in a row)\n"
        );
        seen.meters.read_well("main");
        seen.store.raise_alarm("login", "main", "邮箱 main 拒绝登录（who is zhang@unit.example）", 0).await.unwrap();
        seen.store.raise_alarm("storage", "", "磁盘已满", 0).await.unwrap();
        let both = told(&seen).await;
        assert!(both.contains("拒绝登录") && both.contains("the disk takes nothing") && !both.contains("zhang"), "{both}");
    }

    #[tokio::test]
    async fn the_line_counts_until_it_takes_a_mail_and_so_does_what_an_earlier_process_found() {
        let folder = tempfile::tempdir().unwrap();
        let seen = seen(&folder).await;
        seen.meters.read_well("main");
        seen.store.raise_alarm("smtp", "", "发信服务器无法使用", 0).await.unwrap();
        assert!(told(&seen).await.contains("the SMTP server can't be used, replies wait"));
        seen.meters.line_is_well();
        assert_eq!(told(&seen).await, "ready\n", "the alarm is another process's");
        seen.meters.line_is_broken();
        assert!(told(&seen).await.contains("the SMTP server can't be used for 0 s"));
    }

    #[tokio::test]
    async fn a_record_that_can_not_be_asked_is_the_first_reason() {
        let folder = tempfile::tempdir().unwrap();
        let seen = seen(&folder).await;
        seen.meters.read_well("main");
        seen.store.close().await;
        assert_eq!(told(&seen).await, "数据库无法使用 / the database can't be used\n");
    }

    #[tokio::test]
    async fn another_process_may_have_the_mailbox_but_somebody_must() {
        let folder = tempfile::tempdir().unwrap();
        let mut seen = seen(&folder).await;
        drop(seen.meters.looks_after("main"));
        seen.kept = tokio::sync::watch::channel(Default::default()).1;
        assert!(told(&seen).await.contains("邮箱 main 此刻没有节点在处理 / no process has the lease of mailbox main"));
        let mut gauges = seen.gauges().await.unwrap();
        gauges.looked_after.insert("main".into());
        assert_eq!(seen.shortcomings(Some(&gauges)), []);
    }

    #[test]
    fn a_mailbox_that_hangs_is_told_without_any_failure() {
        let contact = |ago| Contact { since: Stopwatch::started(ago), was_read: true, faults: 0 };
        assert_eq!(of_contact("main", contact(UNREAD - Duration::from_secs(60))), None);
        assert!(of_contact("main", contact(UNREAD + Duration::from_secs(1))).is_some());
    }
}
