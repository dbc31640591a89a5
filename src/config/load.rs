//! The configuration file and the campaign files that it names, read and judged whole.
//!
//! This is where the environment and the disk are read. Secrets are not resolved here.

use super::{
    Config, builtin,
    decode::{Mistakes, decode},
    file::{self, Node, Origin, Step, Value},
    overrides,
    places::{BlobsUrl, DatabaseUrl, rebase},
    problem::ConfigError,
    rules,
};
use crate::model::{campaign::Campaign, workdays::Workdays};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Where the configuration is when nothing says otherwise.
const DEFAULT: &str = "config/zhihui.toml";

/// A configuration with everything that it names.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The configuration, its paths made relative to the working folder.
    pub config: Config,
    /// The file.
    pub path: PathBuf,
    /// The campaign files by their [`Mailbox::campaign`](super::Mailbox::campaign).
    pub campaigns: BTreeMap<PathBuf, Arc<CampaignFile>>,
    /// Holidays and make-up days: those that are built in, and the office's own.
    pub workdays: Arc<Workdays>,
}

/// A campaign and the text that it was read from.
#[derive(Debug, Clone)]
pub struct CampaignFile {
    /// What was read.
    pub campaign: Campaign,
    /// The file's text, which workers read again.
    pub text: String,
    /// SHA-256 of the text, lower-case hexadecimal: a case keeps it.
    pub sha256: String,
}

/// This program's part of the environment. Names and values that are not Unicode are left out.
pub fn environment() -> Vec<(String, String)> {
    let unicode = |(name, value): (std::ffi::OsString, std::ffi::OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
    std::env::vars_os().filter_map(unicode).filter(|(name, _)| name.starts_with("ZHIHUI_")).collect()
}

impl Config {
    /// Reads the configuration: the file given, else `$ZHIHUI_CONFIG`, else `config/zhihui.toml`.
    pub fn load(explicit: Option<&Path>, variables: impl IntoIterator<Item = (String, String)>) -> Result<Loaded, ConfigError> {
        let variables: Vec<_> = variables.into_iter().collect();
        let named = variables.iter().find(|(name, value)| name == "ZHIHUI_CONFIG" && !value.is_empty());
        let path = explicit.map(Path::to_owned).or_else(|| named.map(|(_, value)| PathBuf::from(value))).unwrap_or_else(|| DEFAULT.into());
        let name = path.display().to_string();
        let text = read(&path, "请用 --config 指定配置文件；还没有配置的，可先用 zhihui demo 看一遍全过程")?;
        let mut root = file::parse(&name, &text)?;
        let mut mistakes = Mistakes::new();
        overrides::apply(&mut root, &variables, &mut mistakes);
        let config = decode::<Config>(&mut root, &mut mistakes);
        let Some(mut config) = config else { return Err(told(&name, mistakes, Vec::new())) };
        let noted: BTreeSet<Origin> = mistakes.iter().map(|(origin, _)| origin.clone()).collect();
        let broken = rules::broken(&config).into_iter().filter(|(place, _)| !is_doubtful(&root, place, &noted));
        mistakes.extend(broken.map(|(place, sentence)| (root.origin_of(&place), sentence)));
        config.rebase(path.parent().unwrap_or(Path::new("")));
        let (campaigns, mut problems) = campaigns(&config, &root, &mut mistakes);
        let workdays = workdays(&config).unwrap_or_else(|error| {
            problems.extend(Vec::from(error));
            Workdays { years: Vec::new() }
        });
        if mistakes.is_empty() && problems.is_empty() {
            Ok(Loaded { config, path, campaigns, workdays: Arc::new(workdays) })
        } else {
            Err(told(&name, mistakes, problems))
        }
    }

    /// Makes relative paths relative to the file's folder.
    fn rebase(&mut self, folder: &Path) {
        if let DatabaseUrl::Sqlite(path) = &mut self.database.url {
            rebase(path, folder);
        }
        if let BlobsUrl::File(path) = &mut self.blobs.url {
            rebase(path, folder);
        }
        self.blobs.secret_key_file.iter_mut().for_each(|path| rebase(path, folder));
        let of_mailbox = |mailbox: &'_ mut super::Mailbox| {
            rebase(&mut mailbox.campaign, folder);
            mailbox.path.iter_mut().chain(&mut mailbox.password_file).for_each(|path| rebase(path, folder));
        };
        self.mailboxes.iter_mut().for_each(of_mailbox);
        self.correction.workdays.iter_mut().for_each(|path| rebase(path, folder));
        self.smtp.path.iter_mut().chain(&mut self.smtp.password_file).for_each(|path| rebase(path, folder));
    }
}

/// Whether what a rule misses may be what was noted already: the value itself, or another of its section, misspelt.
fn is_doubtful(root: &Node, place: &[Step], noted: &BTreeSet<Origin>) -> bool {
    let section = match root.at(place).map(|node| &node.value) {
        Some(Value::Gone) => return true,
        Some(Value::Table(section)) => Some(section),
        Some(_) => None,
        None => match place.split_last().and_then(|(_, parent)| root.at(parent)).map(|node| &node.value) {
            Some(Value::Table(section)) => Some(section),
            _ => None,
        },
    };
    section.is_some_and(|section| section.values().any(|node| noted.contains(&node.origin)))
}

/// Reads a campaign file.
pub fn load_campaign(path: &Path) -> Result<CampaignFile, ConfigError> {
    let text = read(path, "请改正路径，或把征集活动文件放到该处")?;
    parse_campaign(&path.display().to_string(), text)
}

/// Reads a campaign's text, such as [`builtin::CAMPAIGN`]; `name` is what sentences call it.
pub fn parse_campaign(name: &str, text: String) -> Result<CampaignFile, ConfigError> {
    let campaign: Campaign = parse_document(name, &text)?;
    let faults = campaign.review.faults();
    if !faults.is_empty() {
        return Err(ConfigError::many(faults.iter().map(|fault| format!("{name}：{fault}")).collect()));
    }
    let reply_to = &campaign.office.reply_to;
    if !reply_to.is_empty() && reply_to.parse::<lettre::Address>().is_err() {
        return Err(ConfigError::one(format!("{name}：[office] 的 “reply_to” 应写成一个邮箱地址，如 “cases@example.com”。")));
    }
    let sha256 = data_encoding::HEXLOWER.encode(&Sha256::digest(&text));
    Ok(CampaignFile { campaign, text, sha256 })
}

/// Reads any TOML document of ours, such as the regions or the days of work, and tells every mistake with its line.
pub fn parse_document<T: DeserializeOwned>(name: &str, text: &str) -> Result<T, ConfigError> {
    let mut mistakes = Mistakes::new();
    match decode(&mut file::parse(name, text)?, &mut mistakes) {
        Some(document) if mistakes.is_empty() => Ok(document),
        _ => Err(told(name, mistakes, Vec::new())),
    }
}

impl CampaignFile {
    /// The campaign that is built into the program.
    pub fn builtin() -> Result<Self, ConfigError> {
        parse_campaign(builtin::CAMPAIGN_NAME, builtin::CAMPAIGN.to_owned())
    }
}

/// The campaign files by path, with what is wrong inside them; one that is missing is a mistake of the configuration.
fn campaigns(config: &Config, root: &Node, mistakes: &mut Mistakes) -> (BTreeMap<PathBuf, Arc<CampaignFile>>, Vec<String>) {
    let (mut read, mut problems) = (BTreeMap::new(), Vec::new());
    for (index, mailbox) in config.mailboxes.iter().enumerate() {
        let path = &mailbox.campaign;
        if read.contains_key(path) {
            continue;
        }
        if !path.is_file() {
            let place = [Step::key("mailbox"), Step::Index(index), Step::key("campaign")];
            let advice = "请改正路径或把征集活动文件放到该处，再用 zhihui config check 核对";
            mistakes
                .insert((root.origin_of(&place), format!("[[mailbox]] 的 “campaign” 指向的文件 {} 不存在，{advice}。", path.display())));
            continue;
        }
        match load_campaign(path) {
            Ok(campaign) => drop(read.insert(path.clone(), Arc::new(campaign))),
            Err(error) => problems.extend(Vec::from(error)),
        }
    }
    problems.extend(clashes(&read));
    problems.extend(unknown_digests(config, &read));
    problems.sort();
    problems.dedup();
    (read, problems)
}

/// The table of working days that is built in, with the years of the office's own file over it.
fn workdays(config: &Config) -> Result<Workdays, ConfigError> {
    let builtin: Workdays = parse_document(builtin::WORKDAYS_NAME, builtin::WORKDAYS)?;
    let Some(path) = &config.correction.workdays else { return Ok(builtin) };
    let text = read(path, "请改正 [correction] 的 “workdays”，或把工作日表放到该处")?;
    let name = path.display();
    let own: Workdays = parse_document(&name.to_string(), &text)?;
    let faults: Vec<String> = own.faults().iter().map(|fault| format!("{name}：{fault}")).collect();
    if faults.is_empty() { Ok(builtin.with(own)) } else { Err(ConfigError::many(faults)) }
}

/// Campaigns whose cases couldn't be told apart.
fn clashes(read: &BTreeMap<PathBuf, Arc<CampaignFile>>) -> Vec<String> {
    let begins = |one: &str, other: &str| one == other || one.strip_prefix(other).is_some_and(|rest| rest.starts_with('-'));
    let mut problems = Vec::new();
    for (at, (path, one)) in read.iter().enumerate() {
        for (earlier, other) in read.iter().take(at).filter(|(_, other)| other.sha256 != one.sha256) {
            let (path, earlier, a, b) = (path.display(), earlier.display(), &one.campaign, &other.campaign);
            if a.id == b.id {
                problems.push(format!("{path}：“id” 与 {earlier} 的相同，请改用不同的，以免两个征集活动混在一起。"));
            } else if begins(&a.number_prefix, &b.number_prefix) || begins(&b.number_prefix, &a.number_prefix) {
                problems.push(format!("{path}：“number_prefix” 与 {earlier} 的相同或开头相同，请改用不同的，以免案例编号混淆。"));
            }
        }
    }
    problems
}

/// Digests of a campaign that no mailbox names would never be written.
fn unknown_digests(config: &Config, read: &BTreeMap<PathBuf, Arc<CampaignFile>>) -> Vec<String> {
    let known = || read.values().map(|file| file.campaign.id.as_str()).collect::<Vec<_>>().join("、");
    let unknown = |id: &&String| !read.is_empty() && read.values().all(|file| file.campaign.id != **id);
    let named = config.digests.iter().filter_map(|digest| digest.campaign.as_ref()).filter(unknown);
    named.map(|id| format!("[[digest]] 的 “campaign” 写的 {id} 不是已配置的征集活动，可写的有：{}。", known())).collect()
}

fn read(path: &Path, advice: &str) -> Result<String, ConfigError> {
    let name = path.display();
    std::fs::read_to_string(path).map_err(|error| {
        ConfigError::one(match error.kind() {
            ErrorKind::NotFound => format!("{name}：没有这个文件，{advice}。"),
            ErrorKind::PermissionDenied => format!("{name}：无权读取，请检查文件权限。"),
            ErrorKind::InvalidData => format!("{name}：不是 UTF-8 编码，请另存为 UTF-8。"),
            _ => format!("{name}：读取失败，请检查该文件（{error}）。"),
        })
    })
}

fn told(name: &str, mistakes: Mistakes, more: Vec<String>) -> ConfigError {
    let sentence = |(origin, sentence): (Origin, String)| format!("{}：{sentence}", origin.within(name));
    ConfigError::many(mistakes.into_iter().map(sentence).chain(more).collect())
}
