//! What waits for a person, said beside the lists on standard error: what nobody looks for is found so, too.

use super::Failure;
use crate::app::App;
use crate::store::PendingCounts;

/// A sentence for each place where something waits, with what to type.
pub fn sentences(counts: &PendingCounts) -> Vec<String> {
    let of = |map: &std::collections::BTreeMap<String, u64>, key: &str| map.get(key).copied().unwrap_or_default();
    let places = [
        (of(&counts.outbox, "held"), "封回复暂缓，等待放行：zhihui outbox list --status held"),
        (of(&counts.outbox, "uncertain"), "封回复送达不明，请核实后重发或取消：zhihui outbox list --status uncertain"),
        (of(&counts.outbox, "dead"), "封回复未能送达，请另行联系报送单位：zhihui outbox list --status dead"),
        (counts.quarantined(), "封邮件在隔离区，等待处置：zhihui quarantine list"),
    ];
    places.into_iter().filter(|(count, _)| *count > 0).map(|(count, words)| format!("有{count}{words}")).collect()
}

/// Tells it, and the alarms that stand.
pub async fn tell(app: &App) -> Result<(), Failure> {
    for alarm in app.store.alarms().await? {
        eprintln!("告警：{}（详见 zhihui doctor）", alarm.sentence.trim_end_matches('。'));
    }
    for sentence in sentences(&app.store.pending_counts().await?) {
        eprintln!("{sentence}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_waits_is_told() {
        let mut counts = PendingCounts::default();
        assert!(sentences(&counts).is_empty());
        counts.outbox.extend([("held".to_owned(), 2), ("sent".to_owned(), 9)]);
        counts.messages.extend([("quarantined".to_owned(), 1), ("dismissed".to_owned(), 5)]);
        let told = sentences(&counts);
        assert_eq!(told.len(), 2);
        assert!(told[0].starts_with("有2封回复暂缓") && told[1].starts_with("有1封邮件在隔离区"), "{told:?}");
    }
}
