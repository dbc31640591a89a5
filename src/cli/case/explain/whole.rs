//! Whether anything was altered since it was recorded: each kept file against its hash, each reading against the audit
//! log, the log against itself, each frozen manifest against its own hash, the case against its latest reading.

use super::Account;
use crate::app::App;
use crate::cli::Failure;
use crate::intake::identity::sha256_hex;
use crate::model::audit::Act;
use crate::model::reading::WindowPlace;
use crate::report::explain::{Cell, Chapter, Mark, Part};
use crate::store::{AuditRow, BlobError, CaseDetail, RevisionRow};
use serde_json::Value;
use std::collections::BTreeMap;

const LOG: &str = "审计日志";
/// A log of so many rows is looked at within a second.
const SHORT: i64 = 100_000;

/// One thing that was looked at.
#[derive(Debug)]
pub(in crate::cli::case) struct Check {
    what: String,
    sha256: String,
    found: Found,
}

#[derive(Debug)]
enum Found {
    /// As it was recorded.
    Same(String),
    /// Nothing to compare with, and no fault.
    Untold(String),
    /// Not as it was recorded.
    Other(String),
}

impl Check {
    /// What was erased on purpose is not altered: the log has the certificate.
    fn purge(&mut self) {
        if !self.is_good() {
            self.found = Found::Untold("保存期满，已清除，校验值见审计日志".into());
        }
    }

    /// What was found.
    fn words(&self) -> &str {
        match &self.found {
            Found::Same(words) | Found::Untold(words) | Found::Other(words) => words,
        }
    }

    /// Whether nothing speaks against it.
    pub(super) fn is_good(&self) -> bool {
        !matches!(self.found, Found::Other(_))
    }
}

/// Looks at everything; reads only.
pub(super) async fn checks(app: &App, detail: &CaseDetail) -> Result<Vec<Check>, Failure> {
    let mut checks = files(app, detail).await?;
    checks.extend(detail.revisions.iter().map(|revision| reading(revision, &detail.history)));
    checks.push(latest(detail));
    if is_purged(detail) {
        checks.iter_mut().for_each(Check::purge);
    }
    for counted in &detail.counted {
        let frozen = app.store.frozen(&detail.case.campaign, &counted.window).await?;
        let is_same = frozen.is_some_and(|frozen| sha256_hex(frozen.manifest.as_bytes()) == counted.manifest_sha256);
        let found = if is_same { Found::Same("与冻结时一致".into()) } else { Found::Other("与冻结时的摘要不符".into()) };
        checks.push(Check { what: format!("批次 {} 的清单", counted.window), sha256: counted.manifest_sha256.clone(), found });
    }
    checks.push(Check { what: LOG.into(), sha256: String::new(), found: log(app, detail).await? });
    Ok(checks)
}

/// The log as a whole; where that would take long, the rows that are about the case.
async fn log(app: &App, detail: &CaseDetail) -> Result<Found, Failure> {
    let is_short = app.store.audit_anchor().await?.number() <= SHORT;
    let numbers: Vec<i64> = detail.history.iter().map(|row| row.number).collect();
    let log = if is_short { app.store.verify_audit(None).await? } else { app.store.verify_audit_of(&numbers).await? };
    let faults = log.faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("；");
    Ok(match (faults.is_empty(), is_short) {
        (true, true) => Found::Same(format!("共{}条，环环相扣，锚 {}", log.rows, log.anchor)),
        (true, false) => Found::Same(format!(
            "共{}条，一条不少，本案的{}条与前后各条环环相扣，锚 {}；逐条核对全部用 zhihui audit verify",
            log.rows,
            numbers.len(),
            log.anchor
        )),
        (false, _) => Found::Other(faults),
    })
}

/// What can be told without reading a file: each reading against the log, and the case against its latest reading.
pub(in crate::cli::case) fn at_a_glance(detail: &CaseDetail) -> String {
    if is_purged(detail) {
        return "保存期满，材料和个人信息已清除，凭证见 zhihui audit list".to_owned();
    }
    let checks = detail.revisions.iter().map(|revision| reading(revision, &detail.history)).chain([latest(detail)]);
    let wrong: Vec<String> = checks.filter(|check| !check.is_good()).map(|check| check.what).collect();
    if wrong.is_empty() {
        "读出的内容和案例内容与登记时一致；文件和日志用 zhihui case explain 核对".to_owned()
    } else {
        format!("与登记时不符：{}；详见 zhihui case explain", wrong.join("、"))
    }
}

fn is_purged(detail: &CaseDetail) -> bool {
    detail.history.iter().any(|row| row.act == Act::CasePurged.as_str())
}

/// Every mail, form and file, each once.
async fn files(app: &App, detail: &CaseDetail) -> Result<Vec<Check>, Failure> {
    let mails = detail.messages.iter().filter_map(|mail| Some((mail.sha256.clone()?, format!("邮件原文（序号 {}）", mail.id))));
    let forms = detail.revisions.iter().map(|revision| (revision.form_sha256.clone(), format!("第{}版申报表", revision.revision)));
    let evidence = detail.evidence.iter().map(|file| (file.sha256.clone(), format!("材料 {}", file.name)));
    let mut wanted: Vec<(String, String)> = mails.chain(forms).chain(evidence).filter(|(sha256, _)| !sha256.is_empty()).collect();
    let mut seen = std::collections::BTreeSet::new();
    wanted.retain(|(sha256, _)| seen.insert(sha256.clone()));
    let mut checks = Vec::with_capacity(wanted.len());
    for (sha256, what) in wanted {
        let found = match app.blobs.get(&sha256).await {
            Ok(_) => Found::Same("与收到时一致".into()),
            Err(error) if error.is_transient() => return Err(error.into()),
            Err(BlobError::Missing(_)) => Found::Other("文件缺失".into()),
            Err(error) => Found::Other(error.to_string()),
        };
        checks.push(Check { what, sha256, found });
    }
    Ok(checks)
}

/// What a form was read as, against the hashes that the log kept when that was written.
fn reading(revision: &RevisionRow, history: &[AuditRow]) -> Check {
    let of_mail = |row: &&AuditRow| row.detail.get("message").and_then(Value::as_i64) == Some(revision.message);
    let written = history.iter().filter(of_mail).filter_map(|row| row.detail.get("reading_sha256"));
    let reread = history.iter().flat_map(|row| reread(row, revision.revision));
    let known: Vec<&str> = written.chain(reread).filter_map(Value::as_str).collect();
    let sha256 = revision.reading_sha256.clone();
    let found = match () {
        () if known.contains(&sha256.as_str()) => Found::Same("与审计日志所记一致".into()),
        () if known.is_empty() => Found::Untold("登记时尚不记入审计日志，无从比对".into()),
        () => Found::Other("与审计日志所记不符".into()),
    };
    Check { what: format!("第{}版读出的内容", revision.revision), sha256, found }
}

/// What rereading wrote for a revision.
fn reread(row: &AuditRow, revision: u32) -> Option<&Value> {
    let revisions = row.detail.get("revisions").and_then(Value::as_array)?;
    let at = revisions.iter().position(|value| value.as_u64() == Some(u64::from(revision)))?;
    row.detail.get("readings_sha256")?.get(at)
}

/// What the case says, against its standing revision and what people settled over it.
fn latest(detail: &CaseDetail) -> Check {
    let what = "案例各项内容".to_owned();
    let case = &detail.case;
    let untold = |words: &str| Check { what: what.clone(), sha256: String::new(), found: Found::Untold(words.into()) };
    let Some(standing) = detail.revisions.iter().find(|revision| revision.revision == case.revision) else {
        return untold("已并入其他案例");
    };
    let reading = &standing.reading;
    let place = WindowPlace { month: case.month.clone(), batch: case.batch.clone(), late: case.late };
    let list = |keys: &[String]| (!keys.is_empty()).then(|| keys.join(";"));
    // An unreadable form leaves open what was known before.
    let earlier = |value: fn(&RevisionRow) -> Option<String>| {
        detail.revisions.iter().rev().filter(|one| one.revision <= case.revision).find_map(value)
    };
    let said: BTreeMap<&str, (Option<String>, Option<String>)> = BTreeMap::from([
        ("title", (case.title.clone(), earlier(|one| one.reading.title.clone()))),
        ("unit", (case.unit.clone(), earlier(|one| one.reading.unit.clone()))),
        ("region", (case.region.clone(), earlier(|one| one.reading.region.clone()))),
        ("channel", (Some(case.channel.clone()), Some(reading.channel.as_str().to_owned()))),
        ("categories", (list(&case.categories), earlier(categories))),
        (
            "window",
            (
                Some(format!("{place:?}")),
                standing.placement.as_ref().map_or(Some(format!("{place:?}")), |placed| Some(format!("{:?}", placed.place))),
            ),
        ),
        ("seal", (Some(case.seal.clone()), Some(reading.seal.as_str().to_owned()))),
    ]);
    let is_settled = |field: &str| detail.rulings.iter().any(|ruling| ruling.field == field && ruling.state == "standing");
    let other: Vec<&str> = said
        .iter()
        .filter(|(field, (now, read))| now != read && !is_settled(field))
        .map(|(field, _)| crate::cli::words::field(field))
        .collect();
    let found = if other.is_empty() {
        Found::Same("与现行版本和人工决定一致".into())
    } else {
        Found::Other(format!("{}与现行版本不符，也没有人工决定", other.join("、")))
    };
    Check { what, sha256: String::new(), found }
}

fn categories(revision: &RevisionRow) -> Option<String> {
    let keys: Vec<&str> = revision.reading.categories.iter().map(|category| category.as_str()).collect();
    (!keys.is_empty()).then(|| keys.join(";"))
}

impl Account {
    /// What was looked at, and what was found.
    pub(super) fn whole(&self) -> Chapter {
        let row = |check: &Check| -> Vec<Cell> {
            let (words, mark) = match &check.found {
                Found::Same(words) => (words, Mark::Good),
                Found::Untold(words) => (words, Mark::Open),
                Found::Other(words) => (words, Mark::Bad),
            };
            vec![check.what.clone().into(), Cell::marked(words.clone(), mark), Cell::code(&check.sha256)]
        };
        let rows = self.checks.iter().map(row).collect();
        let lead = "生成本页时逐项重新计算的结果。可另用 zhihui audit verify 和以前抄下的锚核对整个日志，用 zhihui case reread --dry-run 重新读一遍原邮件。";
        Account::chapter("whole", "完好性核对", lead, [Part::table("核对结果", &["项目", "结果", "SHA-256"], rows)])
    }

    /// What was found of what has this hash, behind a comma; nothing where nothing was looked at.
    pub(super) fn found(&self, sha256: &str) -> String {
        let check = self.checks.iter().find(|check| !sha256.is_empty() && check.sha256 == sha256);
        check.map(|check| format!("，{}", check.words())).unwrap_or_default()
    }

    /// Whether the log is whole.
    pub(super) fn chain(&self) -> Vec<String> {
        let log = self.checks.iter().find(|check| check.what == LOG);
        vec![log.map_or_else(|| "用 zhihui audit verify 核对".to_owned(), |log| log.words().to_owned())]
    }

    /// Whether anything was altered, in a sentence.
    pub(super) fn altered(&self) -> Vec<String> {
        if self.checks.is_empty() {
            return vec!["文件可用 SHA256SUMS 核对；全部登记用 zhihui case explain 核对".to_owned()];
        }
        let wrong: Vec<&Check> = self.checks.iter().filter(|check| !check.is_good()).collect();
        if wrong.is_empty() {
            let count = self.checks.len();
            return vec![format!(
                "没有。核对了{count}项：邮件原文、申报表、材料、读出的内容、案例内容、冻结清单和审计日志，都与登记时一致"
            )];
        }
        let told = |check: &&Check| match &check.found {
            Found::Other(words) => format!("{}：{words}", check.what),
            Found::Same(_) | Found::Untold(_) => check.what.clone(),
        };
        std::iter::once(format!("有{}项不符：", wrong.len())).chain(wrong.iter().map(told)).collect()
    }
}
