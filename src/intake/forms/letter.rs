//! 推荐函: a letter that goes with forms, known by how official letters are written, and the number of cases that it states.

use crate::intake::text;
use regex::Regex;
use std::sync::LazyLock;

static STATED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    const NUMBER: &str = r"([0-9]{1,3}|[一二两三四五六七八九十]{1,3})";
    const UNIT: &str = "(?:件|个|项|篇|份|例)";
    let before = format!(r"案例(?:申报表|申报材料|申报|材料|项目)?[(]?(?:共计|合计|总计|共有|共|计|等)?{NUMBER}{UNIT}");
    let behind = format!(
        r"(?:推荐|报送|报上|上报|申报|选送|呈报|遴选出|附)[^。；;\n]{{0,40}}?{NUMBER}{UNIT}(?:优秀|质量基础设施|的|典型|服务|产业|发展)*案例"
    );
    Regex::new(&format!("(?:{before})|(?:{behind})")).ok()
});

/// Whether a document's text is a letter to the office.
pub(super) fn is_letter(text: &str) -> bool {
    let lines: Vec<String> = text.lines().map(text::tidy).filter(|line| !line.is_empty()).take(40).collect();
    let head = lines.iter().take(6);
    let short = |line: &String, limit: usize| line.chars().count() <= limit;
    let titled =
        head.clone().any(|line| short(line, 60) && ["函", "请示", "的报告", "推荐意见", "推荐信"].iter().any(|end| line.ends_with(end)));
    let addressed = lines.iter().take(10).any(|line| {
        short(line, 40)
            && line.ends_with(['：', ':'])
            && ["省局", "省市场监", "专班", "湖北省市场监"].iter().any(|office| line.contains(office))
    });
    let sends =
        ["推荐", "报送", "报上", "呈报", "上报"].iter().any(|word| lines.iter().any(|line| line.contains(word) && line.contains("案例")));
    let closes = lines.iter().any(|line| {
        ["特此函", "特此推荐", "特此报", "此函", "妥否", "请审", "请予审", "请查收", "请予支持", "专此"]
            .iter()
            .any(|word| line.contains(word))
    });
    sends && (titled || addressed) && (closes || (titled && addressed))
}

/// Whether it recommends other people's cases.
pub(super) fn recommends(text: &str) -> bool {
    text.lines().take(40).any(|line| line.contains("推荐"))
}

/// The one number of cases that the text says it sends; none where it states several.
pub(super) fn stated(text: &str) -> Option<u32> {
    let bare: String = text::narrowed(text).chars().filter(|c| *c == '\n' || !c.is_whitespace()).take(4000).collect();
    let mut found: Vec<u32> = STATED
        .as_ref()?
        .captures_iter(&bare)
        .filter_map(|found| {
            let number = found.iter().skip(1).flatten().next()?;
            numeral(number.as_str())
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    match found.as_slice() {
        [only] => Some(*only),
        _ => None,
    }
}

/// `28`, `二十八`, `十`.
fn numeral(text: &str) -> Option<u32> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let digit = |c: char| {
        "一二三四五六七八九".chars().position(|known| known == c).or((c == '两').then_some(1)).and_then(|at| u32::try_from(at + 1).ok())
    };
    match text.split_once('十') {
        None => {
            let mut chars = text.chars();
            let only = digit(chars.next()?)?;
            chars.next().is_none().then_some(only)
        }
        Some((tens, ones)) => {
            let part = |part: &str, empty: u32| match part.chars().next() {
                None => Some(empty),
                Some(c) if part.chars().count() == 1 => digit(c),
                Some(_) => None,
            };
            Some(part(tens, 1)? * 10 + part(ones, 0)?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_cases_is_read() {
        for (text, number) in [
            ("现推荐我市质量基础设施服务产业发展典型案例2件，请审阅。", Some(2)),
            ("现将我市推荐的典型案例共三十件报上", Some(30)),
            ("经遴选，现报送28个优秀典型案例", Some(28)),
            ("典型案例申报材料（共 12 份）", Some(12)),
            ("推荐二十八项典型案例", Some(28)),
            ("服务企业120家，报送典型案例材料", None),
            ("从50个案例中评出，推荐典型案例30件", Some(30)),
            ("推荐典型案例30件，其中计量案例8件", None),
            ("典型案例1.5倍", None),
        ] {
            assert_eq!(stated(text), number, "{text}");
        }
    }

    #[test]
    fn a_letter_is_known_by_how_it_is_written() {
        assert!(is_letter("十堰市市场监督管理局\n关于推荐典型案例的函\n省市场监管局：\n现推荐典型案例2件，请审阅。"));
        assert!(is_letter("省局“51020”专班：\n根据通知要求，现将我市典型案例报上。\n特此函达。"));
        assert!(!is_letter("获奖证书\n授予某单位优秀案例奖"));
        assert!(!is_letter("关于感谢的函\n某计量院：\n感谢贵院的服务。\n特此函达"));
    }
}
