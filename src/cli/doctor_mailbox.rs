//! What `doctor` finds about one mailbox: from its name to the mails in it.

use super::doctor::{Check, Health};
use crate::clock::Clock;
use crate::config::{self, After, Profile, Tls};
use crate::daemon::{DaemonError, Judge, Source};
use crate::mailbox::{self, Mailbox, MailboxError, Manners, Survey};
use crate::model::time;
use jiff::{SignedDuration, Timestamp};

/// What a provider that hides old mails shows: 30 days, and a day for its own rounding.
const SHOWN_HOURS: i64 = 31 * 24;
/// How far two clocks may differ.
const DRIFT: SignedDuration = SignedDuration::from_mins(10);

/// Every check of a mailbox, as far as the one before lets the next be made.
pub async fn check(source: &Source, judge: &Judge) -> Vec<Check> {
    let name = &source.mailbox.name;
    let mut checks = match source.mailbox.source {
        config::Source::Imap => reach(&source.mailbox).await,
        config::Source::Maildir | config::Source::Eml => Vec::new(),
    };
    if checks.iter().any(|check| check.health == Health::Failed) {
        return checks;
    }
    let mut mailbox = match source.open(judge).await {
        Ok(mailbox) => mailbox,
        Err(error) => {
            let folder = matches!(&error, DaemonError::Mailbox { source: MailboxError::NoSuchFolder(_), .. });
            checks.push(Check::new(if folder { "mailbox.folder" } else { "mailbox.login" }, name, Health::Failed, error.to_string()));
            return checks;
        }
    };
    if let Some(manners) = mailbox.manners() {
        checks.extend(of_manners(&source.mailbox, manners));
    }
    match mailbox.survey().await {
        Ok(survey) => checks.extend(of_survey(source, judge, &mailbox, &survey).await),
        Err(error) => checks.push(Check::new("mailbox.folder", name, Health::Failed, format!("{error}。{}", error.advice()))),
    }
    mailbox.close().await;
    checks
}

/// The name, and TLS where it comes first.
async fn reach(settings: &config::Mailbox) -> Vec<Check> {
    let subject = format!("{}:{}", settings.host, settings.port());
    let told = |error: MailboxError| format!("{error}。{}", error.advice());
    let addresses = mailbox::addresses(settings).await.map_err(told);
    let shown = addresses.map(|all| all.iter().map(ToString::to_string).collect::<Vec<_>>().join("、"));
    let dns = Check::of("mailbox.dns", &settings.host, shown);
    if dns.health != Health::Ok {
        return vec![dns];
    }
    let well = match settings.tls {
        Tls::Implicit => "已建立，证书可信",
        Tls::Starttls => "可以连接，登录前加密（STARTTLS）",
        Tls::None => "不加密，只限本机",
    };
    let handshake = mailbox::handshake(settings).await.map(|()| well.to_owned()).map_err(told);
    vec![dns, Check::of("mailbox.tls", &subject, handshake)]
}

fn of_manners(settings: &config::Mailbox, manners: Manners) -> Vec<Check> {
    let name = &settings.name;
    let profile = match manners.profile {
        Profile::Qq => "QQ 邮箱",
        Profile::Exmail => "腾讯企业邮箱",
        Profile::Netease => "网易（Coremail）",
        Profile::Aliyun => "阿里邮箱",
        Profile::Auto | Profile::Generic => "通用",
    };
    let id = if manners.introduced { "已告知服务器本程序的名称（ID）" } else { "服务器不要求 ID" };
    let idle = if manners.idle {
        "有新邮件时服务器会通知；另每分钟自查一次"
    } else {
        "服务器不通知新邮件，每分钟自查一次"
    };
    let mut checks = vec![
        Check::new("mailbox.login", name, Health::Ok, format!("登录成功，按“{profile}”的习惯收信")),
        Check::new("mailbox.id", name, Health::Ok, id),
        Check::new("mailbox.idle", name, Health::Ok, idle),
    ];
    if settings.after == After::Move {
        let how = if manners.moves { "直接移动（MOVE）" } else { "先复制、再删除原件（服务器没有 MOVE）" };
        checks.push(Check::new("mailbox.after", name, Health::Ok, format!("处理完的邮件移到“已处理”：{how}")));
    }
    checks
}

async fn of_survey(source: &Source, judge: &Judge, mailbox: &Mailbox, survey: &Survey) -> Vec<Check> {
    let name = &source.mailbox.name;
    let now = judge.clock.now();
    let folder = match &source.mailbox.path {
        Some(path) => path.display().to_string(),
        None => source.mailbox.folder.clone(),
    };
    let mut checks =
        vec![Check::new("mailbox.folder", name, Health::Ok, format!("“{folder}”可以打开，内有邮件{}封", survey.messages.len()))];
    let Some(manners) = mailbox.manners() else { return checks };
    let times: Vec<Timestamp> = survey.messages.iter().filter_map(|one| one.time).collect();
    checks.extend(of_server_clock(name, now, times.iter().max().copied(), &judge.clock));
    let hidden = hidden_by_server(source, judge, survey).await;
    checks.push(match hidden {
        Ok(hidden) => of_window(name, manners.profile, source.since, now, times.iter().min().copied(), hidden),
        Err(error) => Check::new("mailbox.window", name, Health::Failed, error.to_string()),
    });
    checks
}

/// A mail can't have come later than now: then one of the clocks is wrong.
fn of_server_clock(name: &str, now: Timestamp, newest: Option<Timestamp>, clock: &Clock) -> Option<Check> {
    let newest = newest.filter(|newest| newest.duration_since(now) > DRIFT && matches!(clock, Clock::System))?;
    let at = time::rfc3339(newest);
    let detail = format!("邮箱中最新的邮件收于 {at}，晚于本机时间：请校准系统时钟，否则回复的时间和期限都会有误");
    Some(Check::new("mailbox.clock", name, Health::Failed, detail))
}

/// Recorded mails that are more than 30 days old and that the server no longer lists; none where we move
/// them away ourselves.
async fn hidden_by_server(source: &Source, judge: &Judge, survey: &Survey) -> Result<usize, DaemonError> {
    if source.mailbox.after == After::Move {
        return Ok(0);
    }
    let gone = source.vanished(judge, survey).await?;
    let limit = judge.clock.now().as_millisecond().saturating_sub(SHOWN_HOURS * 3_600_000);
    Ok(gone.into_iter().filter(|received_ms| *received_ms < limit).count())
}

/// Providers of free mail show IMAP the last 30 days only, until that is switched off.
fn of_window(name: &str, profile: Profile, since: Option<Timestamp>, now: Timestamp, oldest: Option<Timestamp>, hidden: usize) -> Check {
    let edge = now.saturating_sub(SignedDuration::from_hours(SHOWN_HOURS)).unwrap_or(now);
    let shows_older = oldest.is_some_and(|oldest| oldest < edge);
    let wants_older = since.is_some_and(|since| since < edge);
    let advice = "请在邮箱网页版把“收取选项”（或 IMAP 收取范围）改为“全部”，再运行 zhihui reconcile --fix";
    if shows_older || !wants_older {
        return Check::new("mailbox.window", name, Health::Ok, "没有发现服务器隐藏早期邮件");
    }
    let limits = matches!(profile, Profile::Qq | Profile::Exmail | Profile::Netease);
    match (hidden, limits) {
        (1.., _) => {
            let detail = format!("曾收到的{hidden}封早于30天的邮件，服务器现已不列出，可能只显示近30天：{advice}。台账不受影响");
            Check::new("mailbox.window", name, Health::Warning, detail)
        }
        (0, true) => {
            let detail = format!("服务器没有列出早于30天的邮件；这类邮箱默认只让客户端看到近30天的：{advice}");
            Check::new("mailbox.window", name, Health::Warning, detail)
        }
        (0, false) => Check::new("mailbox.window", name, Health::Ok, "没有早于30天的邮件，也没有发现服务器隐藏邮件"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_that_shows_thirty_days_only_is_warned_of() {
        let at = |text: &str| text.parse::<Timestamp>().ok();
        let now = at("2023-09-01T00:00:00Z").unwrap();
        let since = at("2023-04-23T00:00:00Z");
        let health = |profile, oldest, hidden| of_window("main", profile, since, now, oldest, hidden).health;
        let (young, old) = (at("2023-08-20T00:00:00Z"), at("2023-05-20T00:00:00Z"));
        assert_eq!(health(Profile::Qq, young, 0), Health::Warning);
        assert_eq!(health(Profile::Qq, None, 0), Health::Warning);
        assert_eq!(health(Profile::Qq, old, 0), Health::Ok);
        assert_eq!(health(Profile::Generic, young, 0), Health::Ok);
        assert_eq!(health(Profile::Generic, young, 3), Health::Warning, "what was there is hidden now");
        assert_eq!(of_window("main", Profile::Qq, young, now, young, 0).health, Health::Ok, "nothing older is wanted");
    }

    #[test]
    fn a_mail_from_the_future_means_a_wrong_clock() {
        let now: Timestamp = "2023-09-01T00:00:00Z".parse().unwrap();
        let later = |minutes| Some(now + SignedDuration::from_mins(minutes));
        assert!(of_server_clock("main", now, later(5), &Clock::System).is_none());
        assert_eq!(of_server_clock("main", now, later(15), &Clock::System).unwrap().health, Health::Failed);
    }
}
