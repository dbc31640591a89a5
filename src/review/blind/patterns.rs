//! What is looked for by its shape: addresses, numbers, units of a place.

use super::{MAIL, NUMBER, PERSON, PHONE, SITE, UNIT};
use regex::Regex;
use std::sync::LazyLock;

/// The ends of units' names.
const ENDS: &str = "研究院|研究所|检验所|检验院|检测院|检测所|检定所|检定院|测试所|测试院|质检所|质检院|计量所|计量院|特检所|特检院|药检所|药检院|食检院|食检所|纤检所|纤检局|标准院|标质院|检测中心|检验中心|测试中心|质量中心|计量中心|服务中心|市场监督管理局|市场监管局|药监局|知识产权局|有限公司|有限责任公司|集团|大学|学院|协会|学会";
/// What no unit's name has inside: a sentence goes on there.
const BETWEEN: &str = r"[㐀-䶿一-鿿𠀀-𲎯()·&&[^的和与为在对向了是被由及各等将把从到使让]]";
/// What is looked for by its shape, in folded text.
pub(super) struct Patterns {
    /// Addresses come first: a number in one is no telephone.
    pub addresses: Vec<(Regex, &'static str)>,
    pub always: Vec<(Regex, &'static str)>,
    /// A unit of a place.
    pub unit: (Regex, &'static str),
    /// What still looks like a unit.
    pub ends: Regex,
}

pub(super) static PATTERNS: LazyLock<Result<Patterns, String>> = LazyLock::new(|| patterns().map_err(|error| error.to_string()));

fn patterns() -> Result<Patterns, regex::Error> {
    let compiled = |patterns: &[(&str, &'static str)]| -> Result<Vec<(Regex, &'static str)>, regex::Error> {
        patterns.iter().map(|(pattern, label)| Ok((Regex::new(pattern)?, *label))).collect()
    };
    Ok(Patterns {
        addresses: compiled(&[
            (r"[a-z0-9._%+-]+@[a-z0-9-]+(\.[a-z0-9-]+)+", MAIL),
            (r"(https?://|www\.)[a-z0-9./?=&%_#:~-]+", SITE),
            (r"[a-z0-9-]+(\.[a-z0-9-]+)*\.(com|cn|net|org|gov)(\.cn)?", SITE),
        ])?,
        always: compiled(&[
            (r"(联系人|负责人|执笔人?|撰稿人?|撰写人?|作者|供稿|审核人?|通讯员|记者|摄影)[:：][㐀-䶿一-鿿𠀀-𲎯]{2,4}", PERSON),
            (r"1[3-9][0-9]([.·][0-9]{4}){2}", PHONE),
            (r"0(10|2[0-9]|[3-9][0-9]{2})[.·][0-9]{7,8}", PHONE),
            (r"qq(号码?|群号?)?[:为是]*[0-9]{5,12}", NUMBER),
            (r"(微信|wechat)((号码?|id)[:为是]*|:)[a-z0-9_-]{6,20}", NUMBER),
            (r"[0-9a-z]{15,20}", NUMBER),
            (r"\d{11,}", NUMBER),
        ])?,
        unit: (Regex::new(&format!("(湖北省?|〔某地〕){BETWEEN}{{0,14}}?({ENDS})"))?, UNIT),
        ends: Regex::new(&format!(r"[㐀-䶿一-鿿𠀀-𲎯]{{1,12}}?({ENDS})"))?,
    })
}
