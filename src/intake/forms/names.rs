//! How people shorten a unit's name and a title in the names of files and folders, and the numbers that they put before them.

use super::found::Found;
use super::look::Item;
use crate::intake::evidence::{self, Bare};
use crate::intake::form::Form;
use crate::intake::text;
use crate::intake::word_lists::WordLists;
use crate::model::decision::matching_key;
use crate::model::reading::Role;

/// Fewer characters than these name nobody.
const SHORTEST: usize = 4;

/// A name as it is compared: the key of [`matching_key`], with the usual short forms of 市场监督管理局 made one.
pub(super) fn folded(text: &str) -> String {
    matching_key(text).replace("市场监督管理", "市场监管").replace("市监局", "市场监管局")
}

/// The ways in which a unit is plainly meant: its whole name, without 有限公司, without 湖北省, without 市 or 县; and
/// all of these without what stands in brackets at its end (某某研究院（原质量技术监督局）).
pub(super) fn plain_forms(unit: &str) -> Vec<String> {
    let aside = unit.trim_end().strip_suffix([')', '）']).and_then(|inner| inner.rsplit_once(['(', '（']));
    let forms = std::iter::once(unit).chain(aside.map(|(name, _)| name)).flat_map(whole_forms);
    distinct(forms.collect())
}

fn whole_forms(unit: &str) -> Vec<String> {
    let whole = folded(unit);
    let mut forms = vec![whole.clone()];
    let own = without_company(&whole);
    let local = without_province(own);
    forms.push(own.to_owned());
    forms.push(without_province(&whole).to_owned());
    forms.push(local.to_owned());
    if let Some((place, rest)) = split_place(local) {
        forms.push(format!("{place}{rest}"));
    }
    forms
}

/// The way in which it may be meant: without its city or county too (计量检定测试所).
pub(super) fn bare_form(unit: &str) -> Option<String> {
    let whole = folded(unit);
    let (_, rest) = split_place(without_province(without_company(&whole)))?;
    (rest.chars().count() >= SHORTEST).then(|| rest.to_owned())
}

/// What a form's file is called, without the words that every such file has.
pub(super) fn own_name(file: &str) -> Option<String> {
    const USUAL: [&str; 8] = ["申报表", "申报书", "申请表", "推荐表", "案例材料", "典型案例", "案例", "材料"];
    let mut name = folded(text::stem(file));
    while let Some(shorter) = USUAL.iter().find_map(|word| name.strip_suffix(word)).map(str::to_owned) {
        name = shorter;
    }
    (name.chars().count() > SHORTEST).then_some(name)
}

/// A title, and the title before a dash or a colon.
pub(super) fn title_forms(title: &str) -> Vec<String> {
    let head = title.split(['—', '－', '：', ':', '\n']).map(folded).find(|head| head.chars().count() >= 6);
    distinct([Some(folded(title)), head].into_iter().flatten().collect())
}

/// A file is told by its name without the words that are a unit's or a title's own: 某大数据公司扫描件.jpg is no evidence.
pub(super) fn settle_scans(items: &mut [Item<'_>], found: &[Found<'_>], words: &WordLists) {
    let mut names: Vec<String> = found.iter().filter_map(Found::form).flat_map(names_of).collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    names.dedup();
    let without = |text: &str| names.iter().fold(folded(text), |left, name| left.replace(name, ""));
    for item in items.iter_mut().filter(|item| item.role == Role::Evidence) {
        let (folder, name) = item.file.path.rsplit_once('/').unwrap_or(("", &item.file.name));
        let folder = folder.rsplit('/').next().unwrap_or_default();
        let name = text::stem(name);
        let bare = Bare { name: without(name), folder: without(folder) };
        let holds_none = bare.name == folded(name) && bare.folder == folded(folder);
        if !holds_none && evidence::is_scan_after_all(item.file, &bare, words) {
            item.role = Role::Scan;
        }
    }
}

fn names_of(form: &Form) -> Vec<String> {
    let unit = form.unit.as_deref().map(plain_forms).unwrap_or_default();
    unit.into_iter().chain(form.title.as_deref().map(title_forms).unwrap_or_default()).collect()
}

fn distinct(forms: Vec<String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for form in forms {
        if form.chars().count() >= SHORTEST && !kept.contains(&form) {
            kept.push(form);
        }
    }
    kept
}

fn without_company(name: &str) -> &str {
    ["股份有限公司", "集团有限公司", "有限责任公司", "有限公司", "公司"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name)
}

fn without_province(name: &str) -> &str {
    name.strip_prefix("湖北省").or_else(|| name.strip_prefix("湖北")).unwrap_or(name)
}

/// `荆门市计量所` into 荆门 and 计量所: only where what looks like a place is as short as one.
fn split_place(name: &str) -> Option<(&str, &str)> {
    let (at, mark) = name.char_indices().skip(2).take(6).find(|(_, c)| matches!(c, '市' | '州' | '县' | '区'))?;
    let place = name.get(..at)?.trim_end_matches("自治");
    name.get(at + mark.len_utf8()..).map(|rest| (place, rest.strip_prefix("人民").unwrap_or(rest)))
}

/// The number at the head of a name: `01-`, `1.`, `（1）`, `附件3：`, `案例2 `, `第3件`.
pub(super) fn number(name: &str) -> Option<u32> {
    let narrow: String = name.chars().map(crate::intake::text::narrow).collect();
    let bare = narrow.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '(' | '[' | '【'));
    let worded = ["附件", "案例", "序号", "第", "no.", "No."].iter().find_map(|word| bare.strip_prefix(word)).map(str::trim_start);
    let text = worded.unwrap_or(bare);
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u32 = text.get(..end).filter(|digits| digits.len() <= 3)?.parse().ok()?;
    let after = text.get(end..)?.chars().next();
    let parted = after.is_none_or(|c| matches!(c, '-' | '.' | '、' | '_' | ')' | ']' | '】' | ' ' | ':' | '号' | '件' | '个' | '项'));
    (parted || worded.is_some()).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_known_by_its_shortened_forms() {
        for (unit, written) in [
            ("湖北华楚认证服务有限公司", "华楚认证服务"),
            ("湖北省标准化与质量研究院", "标准化与质量研究院"),
            ("荆门市计量检定测试所", "荆门计量检定测试所"),
            ("襄阳市市场监督管理局", "襄阳市市监局"),
            ("武汉东湖检测（集团）股份有限公司", "武汉东湖检测集团"),
            ("老河口市质检中心（原质量技术监督局）", "老河口质检中心"),
        ] {
            let written = folded(written);
            assert!(plain_forms(unit).contains(&written), "{unit}: {:?} has no {written}", plain_forms(unit));
        }
        assert_eq!(own_name("荆门市计量检定测试所典型案例申报表.xlsx").as_deref(), Some("荆门市计量检定测试所"));
        assert_eq!((own_name("申报表.docx"), own_name("附件2：申报表.docx")), (None, None));
        assert_eq!(bare_form("荆门市计量检定测试所").as_deref(), Some("计量检定测试所"));
        assert_eq!(bare_form("湖北省计量院"), None);
    }

    #[test]
    fn numbers_stand_at_the_head() {
        for (name, expected) in [
            ("01-某所.docx", Some(1)),
            ("2.申报表.docx", Some(2)),
            ("（3）证书.jpg", Some(3)),
            ("附件12：证书.pdf", Some(12)),
            ("案例4 证书.pdf", Some(4)),
            ("１、证书", Some(1)),
            ("5", Some(5)),
            ("2023年工作报告.pdf", None),
            ("3D打印.pdf", None),
            ("证书1.pdf", None),
        ] {
            assert_eq!(number(name), expected, "{name}");
        }
    }
}
