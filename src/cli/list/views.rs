//! Saved views: lists that somebody wants to see again, by a name (`--view 待补正`).
//!
//! Some are shipped; the office's own stand in the configuration (`[[view]]`) and come first. What is typed beside
//! a view counts more than the view.

use super::names::{Name, resolve};
use crate::cli::Failure;
use crate::config::{View, ViewOf};

/// Which list, the name, and what of it.
type Shipped = (ViewOf, &'static str, fn(&mut View));

/// What is shipped.
const SHIPPED: &[Shipped] = &[
    (ViewOf::Case, "待补正", |view| view.status = set("needs_correction")),
    (ViewOf::Case, "超期未补", |view| view.overdue = true),
    (ViewOf::Case, "待并案", |view| view.status = set("possible_revision")),
    (ViewOf::Case, "逾期", |view| view.late = true),
    (ViewOf::Case, "待核章", |view| view.seal = set("unverified")),
    (ViewOf::Case, "市州未定", |view| view.region = set("unknown")),
    (ViewOf::Case, "本月", |view| view.since = set("本月")),
    (ViewOf::Message, "待答复", |view| view.status = set("unanswered")),
    (ViewOf::Message, "隔离", |view| view.status = set("quarantined")),
    (ViewOf::Message, "待处理", |view| view.status = set("received")),
    (ViewOf::Outbox, "待放行", |view| view.status = set("held")),
    (ViewOf::Outbox, "未送达", |view| view.status = set("dead")),
    (ViewOf::Outbox, "送达不明", |view| view.status = set("uncertain")),
    (ViewOf::Quarantine, "待处置", |view| view.status = set("open")),
];

/// The view of this name, among the office's own and the shipped.
pub fn named(typed: &str, list: ViewOf, own: &[View]) -> Result<View, Failure> {
    let shipped = SHIPPED.iter().filter(|(of, ..)| *of == list).map(|(_, name, change)| {
        let mut view = View { name: (*name).to_owned(), list, ..blank() };
        change(&mut view);
        view
    });
    let mut views: Vec<View> = own.iter().filter(|view| view.list == list).cloned().collect();
    let shipped: Vec<View> = shipped.filter(|view| views.iter().all(|own| own.name != view.name)).collect();
    views.extend(shipped);
    let names: Vec<Name> = views.iter().map(|view| Name::new(view.name.clone(), [view.name.clone()])).collect();
    let name = resolve("视图", typed, &names)?;
    views.into_iter().find(|view| view.name == name).ok_or_else(|| Failure::usage(format!("没有“{name}”这个视图")))
}

fn set(value: &str) -> Option<String> {
    Some(value.to_owned())
}

fn blank() -> View {
    View {
        name: String::new(),
        list: ViewOf::Case,
        status: None,
        window: None,
        batch: None,
        region: None,
        channel: None,
        category: None,
        focus: None,
        unit: None,
        since: None,
        until: None,
        text: None,
        campaign: None,
        seal: None,
        late: false,
        overdue: false,
        sort: None,
        columns: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offices_own_view_comes_first_and_a_beginning_will_do() {
        let own = [View { name: "待补正".into(), status: set("late"), ..blank() }, View { name: "十堰计量".into(), ..blank() }];
        assert_eq!(named("待补正", ViewOf::Case, &[]).unwrap().status, set("needs_correction"));
        assert_eq!(named("待补正", ViewOf::Case, &own).unwrap().status, set("late"));
        assert_eq!(named("十堰", ViewOf::Case, &own).unwrap().name, "十堰计量");
        let unknown = named("待补证", ViewOf::Case, &own).unwrap_err();
        assert!(unknown.code == 2 && unknown.message.contains("是否想写“待补正”"), "{}", unknown.message);
        assert!(named("待补正", ViewOf::Outbox, &own).is_err());
    }
}
