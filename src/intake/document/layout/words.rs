//! Where a label ends that filled a narrow column without rulings: by the words that forms name their fields with.
//!
//! Places alone don't tell `案例分类⏎联系人及` from `报送单位⏎意见`. Whose field it is, is not known here.

/// Lines that a label is looked ahead for, where it is written upright.
pub(super) const AHEAD: usize = 6;

/// Whether a label ends with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ends {
    /// What follows begins the next one.
    Here,
    /// It is not complete yet.
    Later,
}

/// What labels begin with.
const HEADS: [&str; 22] = [
    "案例",
    "典型案例",
    "题目",
    "报送",
    "申报",
    "填报",
    "推荐",
    "联合",
    "所属",
    "分类",
    "类别",
    "联系",
    "姓名",
    "职务",
    "相关",
    "证明",
    "佐证",
    "案件",
    "备注",
    "单位",
    "项目",
    "通讯",
];
/// What labels end with.
const TAILS: [&str; 25] = [
    "题目",
    "名称",
    "标题",
    "单位",
    "全称",
    "分类",
    "类别",
    "类型",
    "领域",
    "联系人",
    "电话",
    "手机",
    "方式",
    "号码",
    "介绍",
    "内容",
    "简介",
    "材料",
    "意见",
    "姓名",
    "邮箱",
    "地址",
    "职务",
    "备注",
    "情况",
];
/// What ends no label.
const LINKS: [&str; 8] = ["及", "和", "与", "、", "/", "／", "的", "或"];

/// What words say about a label so far, its next line, and that line with those behind it; none where they say nothing.
pub(super) fn ends(so_far: &str, next: &str, ahead: &str) -> Option<Ends> {
    let open = so_far.matches(['（', '(']).count() > so_far.matches(['）', ')']).count();
    let linked = LINKS.iter().any(|link| so_far.ends_with(link) || next.starts_with(link));
    if open || linked || next.starts_with(['）', ')']) {
        return Some(Ends::Later);
    }
    let label = bare(so_far);
    let complete = TAILS.iter().any(|tail| label.ends_with(tail));
    let next_label = bare(next);
    let hint = next.starts_with(['（', '(']) && next_label == next;
    let ahead = bare(ahead);
    // No label begins so: 报送单位⏎意见.
    let rest = ["意见", "名称", "全称"].iter().any(|word| ahead.starts_with(word));
    let may_go_on = ["姓名", "分类", "类别", "单位"].contains(&next_label);
    let begins = next_label.len() < next.len() && next_label.chars().count() >= 2 || HEADS.iter().any(|head| ahead.starts_with(head));
    match complete {
        true if rest || hint => Some(Ends::Later),
        true if may_go_on => None,
        true if begins => Some(Ends::Here),
        true => None,
        false => TAILS.iter().any(|tail| bare(&format!("{label}{next}")).ends_with(tail)).then_some(Ends::Later),
    }
}

/// A label without its number, stars, colon and hint.
fn bare(label: &str) -> &str {
    let unstarred = label.trim_start_matches(['*', '＊', '★', '☆', '※']);
    let head = unstarred.trim_start_matches(['（', '(']);
    let digits = head.trim_start_matches(|c: char| c.is_ascii_digit() || "一二三四五六七八九十".contains(c));
    let numbered = digits.len() < head.len();
    let rest = digits.strip_prefix(['、', '.', '．', '）', ')']).filter(|_| numbered).unwrap_or(unstarred);
    let rest = rest.trim_start_matches(['*', '＊', '★']).trim_end_matches([':', '：', '*', '＊', '★']);
    let hint = rest.ends_with(['）', ')']).then(|| rest.rfind(['（', '('])).flatten().filter(|at| *at > 0);
    hint.and_then(|at| rest.get(..at)).unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_tell_where_a_label_ends() {
        for (so_far, next) in
            [("案例分类", "联系人及"), ("报送单位（盖章）", "案例分类"), ("案例题目", "2.报送单位"), ("二、相关证明材料", "报送单位意见")]
        {
            assert_eq!(ends(so_far, next, next), Some(Ends::Here), "{so_far}|{next}");
        }
        assert_eq!(ends("案例题目", "报", "报送单位案例"), Some(Ends::Here));
    }

    #[test]
    fn words_tell_where_a_label_goes_on() {
        for (so_far, next) in [
            ("联系人及", "电话"),
            ("报送单位（盖", "章）"),
            ("一、案例", "介绍"),
            ("二、相关", "证明材料"),
            ("联系人", "及电话"),
            ("案例题目", "（30字以内）"),
            ("案例", "题目"),
        ] {
            assert_eq!(ends(so_far, next, next), Some(Ends::Later), "{so_far}|{next}");
        }
    }

    #[test]
    fn where_words_may_be_either_place_decides() {
        for (so_far, next) in [("联系人", "电话"), ("所属产业", "服务对象"), ("申报单位", "类别")] {
            assert_eq!(ends(so_far, next, next), None, "{so_far}|{next}");
        }
    }
}
