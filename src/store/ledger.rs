//! What people filled into the ledger, brought back into the record.

use super::{Result, Store, Transaction, text};
use crate::model::{
    audit::{Act, By},
    report::DeskEntry,
};
use serde_json::json;
use sqlx::Any;
use std::collections::BTreeMap;

impl Store {
    /// Each case's row and what was filled in beside it, by its number.
    pub async fn ledger_entries(&self, campaign: &str) -> Result<BTreeMap<String, (i64, DeskEntry)>> {
        let query = sqlx::query_as::<Any, (String, i64)>("SELECT number, id FROM case_record WHERE campaign = $1 AND number IS NOT NULL");
        let mut numbers = BTreeMap::new();
        let mut entries = BTreeMap::new();
        for (number, id) in query.bind(campaign).fetch_all(&self.pool).await? {
            numbers.insert(id, number.clone());
            entries.insert(number, (id, DeskEntry::default()));
        }
        let query = sqlx::query_as::<Any, (i64, String, String)>("SELECT case_id, field, value FROM ledger_entry");
        for (id, field, value) in query.fetch_all(&self.pool).await? {
            if let Some((_, entry)) = numbers.get(&id).and_then(|number| entries.get_mut(number)) {
                entry.set(&field, value);
            }
        }
        Ok(entries)
    }
}

impl Transaction {
    /// Sets one field beside a case; an empty value clears it. Repeating it changes nothing: (case_id, field)
    /// is the primary key. False where the field is no longer what the person saw, and nothing is changed.
    pub async fn set_ledger_entry(&mut self, case: (i64, &str), field: &str, seen: &str, value: &str, by: &By) -> Result<bool> {
        let query = sqlx::query_scalar::<_, String>("SELECT value FROM ledger_entry WHERE case_id = $1 AND field = $2");
        let stands = query.bind(case.0).bind(field).fetch_optional(self.connection()).await?.unwrap_or_default();
        if stands != seen {
            return Ok(false);
        }
        let query = sqlx::query(
            "INSERT INTO ledger_entry (case_id, field, value, actor, changed_ms) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (case_id, field) DO UPDATE SET value = excluded.value, actor = excluded.actor, changed_ms = excluded.changed_ms",
        );
        query.bind(case.0).bind(field).bind(text(value)).bind(text(by.actor.as_str())).bind(by.at_ms).execute(self.connection()).await?;
        let detail = json!({"field": field, "before": without_numbers(seen), "after": without_numbers(value)});
        self.audit(by.entry(Act::LedgerFilled, format!("case/{}", case.1), detail));
        Ok(true)
    }
}

/// The log is kept for good, so telephone numbers don't enter it.
fn without_numbers(words: &str) -> String {
    let mut out = String::new();
    let mut digits = String::new();
    for c in words.chars().chain(['\0']) {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        out.push_str(if digits.len() < 7 { &digits } else { "****" });
        digits.clear();
        out.push(c);
    }
    text(&out)
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::{By, without_numbers};

    #[tokio::test]
    async fn an_entry_is_set_only_over_what_was_seen() {
        let (_dir, store) = store().await;
        let (case, number) = open(&store, 1, "a", "某市计量院", "题目", "19900000001").await;
        let (of, by) = ((case, number.as_str()), By::program(1));
        let mut tx = store.begin().await.unwrap();
        assert!(tx.set_ledger_entry(of, "opinion", "", "同意", &by).await.unwrap());
        assert!(!tx.set_ledger_entry(of, "opinion", "", "不同意", &by).await.unwrap());
        assert!(tx.set_ledger_entry(of, "opinion", "同意", "", &by).await.unwrap());
        assert!(tx.set_ledger_entry(of, "handler", "", "李某", &by).await.unwrap());
        tx.commit().await.unwrap();
        let entries = store.ledger_entries("2023").await.unwrap();
        assert_eq!((entries[&number].1.opinion.as_str(), entries[&number].1.handler.as_str()), ("", "李某"));
        assert_eq!(without_numbers("已电话19900009037，2023年"), "已电话****，2023年");
        assert_eq!(store.case_facts("2023", 5_000).await.unwrap()[0].desk.handler, "李某");
    }
}
