//! The paragraphs that open a digest. Their form is the office's: what came, how much there is, who is missing.

use super::{Digest, Scope};
use crate::report::words::{against, days, month_day, near_minute};

/// How long the mailbox may be silent before it is said so, in hours.
const SILENCE: i64 = 72;

/// 6月19日—25日，新收案例12件，较上周增加3件。截至6月25日24时，累计收到46件，其中……；覆盖14个市州，……尚未报送。
pub fn opening(digest: &Digest) -> String {
    let figures = digest.figures;
    let (all, last_day) = (&figures.all, figures.period.last_day());
    let stretch = days(figures.period.from, last_day);
    let new = format!("{stretch}，新收案例{}件，{}。", all.new, against(all.new, figures.before.new));
    let mut parts =
        vec![format!("材料齐全{}件", all.complete), format!("待补正{}件", all.correcting), format!("待人工核查{}件", all.checking)];
    parts.extend((all.late > 0).then(|| format!("逾期报送{}件", all.late)));
    parts.extend((all.returned > 0).then(|| format!("退回{}件", all.returned)));
    let of_which = if all.total == 0 { String::new() } else { format!("，其中{}", parts.join("、")) };
    let covered = coverage(digest).map(|words| format!("；{words}")).unwrap_or_default();
    format!("{new}截至{}24时，累计收到{}件{of_which}{covered}。", month_day(last_day), all.total)
}

fn coverage(digest: &Digest) -> Option<String> {
    if digest.scope != Scope::Province {
        return None;
    }
    let (silent, all) = (digest.figures.silent(), digest.figures.regions.len());
    Some(match all.saturating_sub(silent.len()) {
        0 => format!("{all}个市州均尚未报送"),
        covered if covered == all => format!("覆盖全部{all}个市州"),
        covered => format!("覆盖{covered}个市州，{}尚未报送", silent.join("、")),
    })
}

/// What else there is to say in a sentence each.
pub fn further(digest: &Digest) -> Vec<String> {
    let figures = digest.figures;
    let mut sentences = Vec::new();
    if digest.scope == Scope::Province && figures.all.total > 0 {
        let unknown = if figures.unknown.tally.total > 0 {
            format!("，另有{}件所属市州待核定", figures.unknown.tally.total)
        } else {
            String::new()
        };
        let province = &figures.province.tally;
        sentences.push(format!("省直单位累计报送{}件，本周新收{}件{unknown}。", province.total, province.new));
    }
    let mut beside = Vec::new();
    if figures.all.correcting > 0 {
        beside.push(match figures.overdue.len() {
            0 => "待补正案例均在补正期限内".to_owned(),
            overdue => format!("待补正案例中已过补正期限的{overdue}件"),
        });
    }
    beside.extend((figures.possible > 0).then(|| format!("疑似同一案例、待认定并案的{}件", figures.possible)));
    beside.extend((figures.desk.quarantined > 0).then(|| format!("隔离待处置的邮件{}封", figures.desk.quarantined)));
    beside.extend((!figures.desk.undelivered.is_empty()).then(|| format!("未能送达的回复{}封", figures.desk.undelivered.len())));
    if !beside.is_empty() {
        sentences.push(format!("{}。", beside.join("；")));
    }
    sentences.extend(silence(digest));
    sentences
}

fn silence(digest: &Digest) -> Option<String> {
    if digest.scope != Scope::Province {
        return None;
    }
    let Some(last) = digest.figures.desk.last_received else { return Some("征集邮箱尚未收到来信。".into()) };
    let at = near_minute(last, digest.figures.period.last_day().year());
    let hours = digest.figures.period.ends().duration_since(last).as_hours();
    Some(match hours {
        SILENCE.. => format!("自{at}起，征集邮箱已{}天没有收到来信。", hours / 24),
        _ => format!("最近一次来信为{at}。"),
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn the_opening_has_the_offices_form() {
        let figures = sample::figures();
        assert_eq!(
            opening(&sample::digest(&figures)),
            "6月19日—25日，新收案例12件，较上周增加3件。截至6月25日24时，累计收到46件，其中材料齐全31件、待补正13件、待人工核查2件；覆盖14个市州，鄂州、天门、神农架尚未报送。"
        );
    }

    #[test]
    fn nothing_at_all_is_told_too() {
        let figures = sample::nothing();
        let digest = sample::digest(&figures);
        assert_eq!(opening(&digest), "6月19日—25日，新收案例0件，与上周持平。截至6月25日24时，累计收到0件；17个市州均尚未报送。");
        assert_eq!(further(&digest), ["征集邮箱尚未收到来信。"]);
    }

    #[test]
    fn a_region_names_no_others() {
        let figures = sample::figures();
        let digest = Digest { scope: Scope::Region("十堰市"), ..sample::digest(&figures) };
        assert!(!opening(&digest).contains("市州") && opening(&digest).ends_with("待人工核查2件。"));
        assert_eq!(digest.subject(), "【荆楚质汇】十堰市案例征集周报（6月19日—25日）");
    }

    #[test]
    fn a_silent_mailbox_is_said_to_be_silent() {
        let mut figures = sample::figures();
        figures.desk.last_received = Some("2023-06-20T15:20:00+08:00".parse().unwrap());
        assert_eq!(silence(&sample::digest(&figures)).unwrap(), "自6月20日 15:20起，征集邮箱已5天没有收到来信。");
        figures.desk.last_received = Some("2022-12-31T09:00:00+08:00".parse().unwrap());
        assert_eq!(silence(&sample::digest(&figures)).unwrap(), "自2022年12月31日 09:00起，征集邮箱已176天没有收到来信。");
    }
}
