//! What the digest asks its coordinators to do, the most urgent first.

use super::{Digest, Scope};
use crate::intake::compose::plain;
use crate::report::words::month_day;

/// How many units are named before it says 等.
const NAMED: usize = 8;
/// How long a unit's name may be, in characters.
const NAME: usize = 40;

/// A sentence each.
pub fn todo(digest: &Digest) -> Vec<String> {
    let (figures, desk) = (digest.figures, &digest.figures.desk);
    let mut todo = Vec::new();
    if !figures.overdue.is_empty() {
        let units = figures.overdue.iter().map(|one| format!("{}（{}到期）", name(one.unit.as_deref()), month_day(one.deadline.date())));
        todo.push(format!("催办已过补正期限的{}件，请电话联系：{}。", figures.overdue.len(), listed(units)));
    }
    if figures.all.checking > 0 {
        todo.push(format!("核查材料{}件，核查事项见所附台账“待核查事项”栏。", figures.all.checking));
    }
    if figures.all.late > 0 {
        todo.push(format!("截止后报送的{}件，请研究是否纳入征集。", figures.all.late));
    }
    if figures.possible > 0 {
        todo.push(format!("待并案{}件，请认定是同一案例的新版本，还是另一件案例。", figures.possible));
    }
    if digest.scope == Scope::Province && figures.unknown.tally.total > 0 {
        todo.push(format!("所属市州不明的{}件，请核定。", figures.unknown.tally.total));
    }
    if !desk.undelivered.is_empty() {
        let units = desk.undelivered.iter().filter(|one| one.unit.is_some()).map(|one| name(one.unit.as_deref()));
        let units = listed(units);
        let whom = if units.is_empty() { String::new() } else { format!("：{units}") };
        todo.push(format!("未能送达的回复{}封，请核对地址并电话联系报送单位{whom}。", desk.undelivered.len()));
    }
    if desk.quarantined > 0 {
        todo.push(format!("隔离的邮件{}封，请逐封查看处置。", desk.quarantined));
    }
    if desk.held > 0 {
        todo.push(format!("暂缓发出的回复{}封，请审阅后放行。", desk.held));
    }
    if desk.inquiries > 0 {
        todo.push(format!("本周来信咨询未见答复的{}封，请确认均已答复。", desk.inquiries));
    }
    let silent = figures.silent();
    if digest.scope == Scope::Province && !silent.is_empty() && silent.len() < figures.regions.len() {
        todo.push(format!("{}尚未报送，建议联系提醒。", silent.join("、")));
    }
    todo
}

fn name(unit: Option<&str>) -> String {
    let unit = plain(unit.unwrap_or_default(), NAME);
    if unit.is_empty() { "（单位未填）".to_owned() } else { unit }
}

/// `甲、乙等5家`; each name once.
fn listed(units: impl Iterator<Item = String>) -> String {
    let mut names: Vec<String> = Vec::new();
    units.for_each(|unit| {
        if !names.contains(&unit) {
            names.push(unit);
        }
    });
    let more = if names.len() > NAMED { format!("等{}家", names.len()) } else { String::new() };
    names.truncate(NAMED);
    format!("{}{more}", names.join("、"))
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn units_that_are_overdue_are_named_once_and_no_more_than_a_line() {
        let figures = sample::figures();
        let todo = todo(&sample::digest(&figures));
        assert_eq!(todo[0], "催办已过补正期限的2件，请电话联系：第2检验检测中心（6月21日到期）、第5检验检测中心（6月21日到期）。");
        assert_eq!(todo.last().unwrap(), "鄂州、天门、神农架尚未报送，建议联系提醒。");
        assert_eq!(listed((0..20).map(|n| n.to_string())), "0、1、2、3、4、5、6、7等20家");
        assert_eq!(listed(["甲", "甲"].into_iter().map(String::from)), "甲");
    }

    #[test]
    fn a_week_without_anything_leaves_nothing_to_do() {
        let figures = sample::nothing();
        assert_eq!(todo(&sample::digest(&figures)), Vec::<String>::new());
    }
}
