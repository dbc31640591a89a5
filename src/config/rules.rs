//! What the values of a configuration must be to each other. Each broken rule is a sentence and its place.

use super::{
    Blobs, Config, Mailbox, Smtp, Source, Tls, Transport, builtin,
    file::Step,
    places::{BlobsUrl, Masked, is_loopback},
};
use crate::model::region::Regions;
use std::{collections::BTreeSet, path::PathBuf};

/// A place in the file and what is wrong there.
pub type Broken = (Vec<Step>, String);

/// Every broken rule.
pub fn broken(config: &Config) -> Vec<Broken> {
    let mut broken = Vec::new();
    if config.mailboxes.is_empty() {
        broken.push((vec![Step::key("mailbox")], "没有 [[mailbox]]，请至少写一节。".into()));
    }
    let mut names = BTreeSet::new();
    for (index, mailbox) in config.mailboxes.iter().enumerate() {
        let section = Section { name: "[[mailbox]]", path: vec![Step::key("mailbox"), Step::Index(index)] };
        if mailbox.name.trim().is_empty() {
            broken.push(section.at("name", "不能为空，请起一个名称"));
        } else if !names.insert(&mailbox.name) {
            broken.push(section.at("name", "与前面的 [[mailbox]] 相同，请改用不同的名称"));
        }
        broken.extend(of_mailbox(mailbox, &section));
    }
    broken.extend(of_blobs(&config.blobs, &Section { name: "[blobs]", path: vec![Step::key("blobs")] }));
    broken.extend(of_smtp(&config.smtp, &Section { name: "[smtp]", path: vec![Step::key("smtp")] }));
    broken.extend(of_digests(config));
    if config.limits.message_bytes == 0 {
        let section = Section { name: "[limits]", path: vec![Step::key("limits")] };
        broken.push(section.at("message_bytes", "不能为 0，请写允许的最大字节数"));
    }
    if config.correction.working_days == 0 {
        let section = Section { name: "[correction]", path: vec![Step::key("correction")] };
        broken.push(section.at("working_days", "不能为 0，请至少写 1 个工作日"));
    }
    broken
}

/// A region that nobody knows would have an empty digest each week.
fn of_digests(config: &Config) -> Vec<Broken> {
    let Ok(regions) = toml::from_str::<Regions>(builtin::REGIONS) else { return Vec::new() };
    let wrong =
        config.digests.iter().enumerate().filter(|(_, digest)| digest.region.as_deref().is_some_and(|name| regions.key(name).is_none()));
    wrong
        .map(|(index, _)| {
            let section = Section { name: "[[digest]]", path: vec![Step::key("digest"), Step::Index(index)] };
            section.at("region", "不是市州，请写 “十堰” 或 “十堰市” 这样的名称，省直单位写 “省直”，全省则不写这一项")
        })
        .collect()
}

struct Section {
    name: &'static str,
    path: Vec<Step>,
}

impl Section {
    fn at(&self, key: &str, advice: &str) -> Broken {
        let path = self.path.iter().cloned().chain([Step::key(key)]).collect();
        (path, format!("{} 的 “{key}” {advice}。", self.name))
    }

    /// A key that must not be empty.
    fn needs(&self, key: &str, is_there: bool, because: &str) -> Option<Broken> {
        (!is_there).then(|| self.at(key, &format!("没有写，{because}，请补上")))
    }

    /// Plaintext stays on this machine.
    fn plaintext(&self, tls: Tls, host: &str) -> Option<Broken> {
        let leaves = tls == Tls::None && !host.is_empty() && !is_loopback(host);
        leaves.then(|| self.at("tls", "写 none 只限本机（localhost、127.0.0.1、::1），请改为 implicit 或 starttls"))
    }

    fn secret(&self, wanted: bool, sources: Sources<'_>) -> Option<Broken> {
        let (file, env, command) = sources;
        let given = [file.is_some(), env.is_some(), command.is_some()].iter().filter(|given| **given).count();
        match (wanted, given) {
            (true, 1) | (false, 0) => None,
            (true, 0) => Some((
                self.path.clone(),
                format!("{} 没有密码来源，请写 “password_file”、“password_env”、“password_command” 之一。", self.name),
            )),
            (true, _) => Some((
                self.path.clone(),
                format!("{} 的密码来源多于一个，请只留 “password_file”、“password_env”、“password_command” 之一。", self.name),
            )),
            (false, _) => Some((self.path.clone(), format!("{} 有密码来源而没有 “username”，请补上用户名，或删去密码来源。", self.name))),
        }
    }
}

/// A bucket is asked with a key; a folder has none of that.
fn of_blobs(blobs: &Blobs, section: &Section) -> Vec<Broken> {
    let sources = [blobs.secret_key_file.is_some(), blobs.secret_key_env.is_some(), blobs.secret_key_command.is_some()];
    let given = sources.iter().filter(|given| **given).count();
    let keys = "“secret_key_file”、“secret_key_env”、“secret_key_command” 之一";
    match blobs.url {
        BlobsUrl::S3(_) => {
            let of_secret = match given {
                1 => None,
                0 => Some(format!("[blobs] 没有密钥来源，请写 {keys}。")),
                _ => Some(format!("[blobs] 的密钥来源多于一个，请只留 {keys}。")),
            };
            let of_key = section.needs("access_key", !blobs.access_key.is_empty(), "url 为 s3 时要有访问密钥的编号");
            of_key.into_iter().chain(of_secret.map(|sentence| (section.path.clone(), sentence))).collect()
        }
        BlobsUrl::File(_) if given > 0 || !blobs.access_key.is_empty() || blobs.endpoint.is_some() => {
            vec![section.at("url", "是文件夹，用不到 s3 的服务器和密钥，请改写 url 或删去它们")]
        }
        BlobsUrl::File(_) => Vec::new(),
    }
}

type Sources<'a> = (&'a Option<PathBuf>, &'a Option<String>, &'a Option<Masked>);

fn of_mailbox(mailbox: &Mailbox, section: &Section) -> Vec<Broken> {
    let sources = (&mailbox.password_file, &mailbox.password_env, &mailbox.password_command);
    let rules = match mailbox.source {
        Source::Imap => vec![
            section.needs("host", !mailbox.host.is_empty(), "source 为 imap 时要有服务器"),
            section.needs("username", !mailbox.username.is_empty(), "source 为 imap 时要有用户名"),
            section.secret(true, sources),
            section.plaintext(mailbox.tls, &mailbox.host),
        ],
        Source::Maildir | Source::Eml => {
            vec![section.needs("path", mailbox.path.is_some(), "source 为 maildir 或 eml 时要有文件夹")]
        }
    };
    rules.into_iter().flatten().collect()
}

fn of_smtp(smtp: &Smtp, section: &Section) -> Vec<Broken> {
    let sources = (&smtp.password_file, &smtp.password_env, &smtp.password_command);
    let rules = match smtp.transport {
        Transport::Smtp => vec![
            section.needs("host", !smtp.host.is_empty(), "transport 为 smtp 时要有服务器"),
            section.secret(!smtp.username.is_empty(), sources),
            section.plaintext(smtp.tls, &smtp.host),
        ],
        Transport::File => vec![section.needs("path", smtp.path.is_some(), "transport 为 file 时要有文件夹")],
    };
    rules.into_iter().flatten().collect()
}
