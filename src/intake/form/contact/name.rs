//! Which words of the contact cell are names: not posts, not departments, not labels.

const POSTS: [&str; 37] = [
    "办公室主任",
    "副主任",
    "副科长",
    "副处长",
    "副局长",
    "副院长",
    "副所长",
    "副部长",
    "副总经理",
    "总经理",
    "高级工程师",
    "工程师",
    "主任科员",
    "主任",
    "科长",
    "股长",
    "处长",
    "局长",
    "院长",
    "所长",
    "部长",
    "经理",
    "站长",
    "组长",
    "科员",
    "主管",
    "主管员",
    "总监",
    "书记",
    "秘书",
    "干事",
    "专员",
    "老师",
    "同志",
    "先生",
    "女士",
    "高工",
];

/// `李四科长` is 李四; `李科长` stays where less than `shortest` characters would be left of the name.
pub(super) fn without_post(word: &str, shortest: usize) -> &str {
    let name = POSTS.iter().filter_map(|post| word.strip_suffix(post)).min_by_key(|name| name.len());
    name.filter(|name| name.is_empty() || name.chars().count() >= shortest).unwrap_or(word)
}

/// `标准化室张三`, `计量科科长张三` is 张三: where he works stands right before his name, and perhaps what as.
fn without_department(word: &str) -> &str {
    let cuts_no_post = |at: usize| {
        let spans = |post: &&str| word.match_indices(*post).any(|(from, _)| from < at && at < from + post.len());
        !POSTS.iter().any(spans)
    };
    let is_name = |name: &&str| {
        (2..=3).contains(&name.chars().count()) && is_person(name) && !name.starts_with(['员', '长']) && !name.ends_with(['员', '长', '师'])
    };
    let mut places = word.char_indices().map(|(at, _)| at).rev();
    let name = places.find_map(|at| {
        let (_, rest) = word.split_at_checked(at).filter(|(department, _)| is_department(department) && cuts_no_post(at))?;
        let post = POSTS.iter().filter(|post| rest.starts_with(**post)).max_by_key(|post| post.len());
        Some(post.map_or(rest, |post| rest.trim_start_matches(post))).filter(is_name)
    });
    name.filter(|name| !says_nothing(name)).unwrap_or(word)
}

pub(super) fn as_name(word: &str) -> Option<String> {
    let word = word.split(['(', ')']).find(|part| part.chars().any(char::is_alphabetic))?.trim_matches('.');
    let bare = without_department(without_post(without_number(word), 2));
    let letters = bare.chars().filter(|c| c.is_alphabetic()).count();
    let plausible = letters >= 2 && bare.chars().count() <= 20 && !bare.chars().any(|c| c.is_ascii_digit());
    (plausible && !says_nothing(bare)).then(|| bare.to_owned())
}

/// Whether a word is the form's, or stands in a cell that was left blank.
pub(super) fn says_nothing(word: &str) -> bool {
    SAY_NOTHING.contains(&word)
}

pub(in crate::intake::form) fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

/// Whether a word is a part of a unit: 计量科, 检测中心; or what is left of 技术负责人. 谢科 is a person.
pub(super) fn is_department(word: &str) -> bool {
    const ENDS: [&str; 16] = ["科", "室", "处", "部", "股", "局", "院", "所", "站", "组", "厅", "中心", "公司", "协会", "学会", "部门"];
    const LEFT: [&str; 13] = ["技术", "业务", "项目", "综合", "质量", "行政", "案例", "申报", "主要", "备用", "第一", "第二", "其他"];
    LEFT.contains(&word) || word.chars().count() >= 3 && ENDS.iter().any(|end| word.ends_with(end))
}

/// Words of the form, or of people who leave it blank.
const SAY_NOTHING: [&str; 24] = [
    "及",
    "无",
    "暂无",
    "同上",
    "待定",
    "转",
    "分机",
    "联系",
    "传真",
    "邮编",
    "邮政编码",
    "地址",
    "通讯地址",
    "联系地址",
    "单位",
    "部门",
    "科室",
    "职务",
    "职称",
    "性别",
    "见附件",
    "详见附件",
    "区号",
    "国内",
];

/// `傅飞1215770538`: the name before digits that are no number.
fn without_number(word: &str) -> &str {
    let name = word.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = word.len() - name.len();
    if digits >= 3 && is_person(name) { name } else { word }
}

/// Whether a word can only be somebody's name: 张三, 欧阳小春.
pub(super) fn is_person(word: &str) -> bool {
    (2..=4).contains(&word.chars().count()) && word.chars().all(is_han) && !is_department(word)
}
