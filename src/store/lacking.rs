//! Whom to ask about a case, and for what it still lacks: of a few cases, not of all that a report tells.

use super::{
    Result, Store,
    filter::Sql,
    report::{OnlyContact, settle},
};
use crate::model::reading::Contact;
use crate::store::StoreError;
use sqlx::{Row, any::AnyRow};
use std::collections::BTreeMap;

/// What a coordinator needs who telephones about a case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lacking {
    /// Its number; a possible revision has none.
    pub number: Option<String>,
    /// Its campaign.
    pub campaign: String,
    /// 案例题目.
    pub title: Option<String>,
    /// 报送单位.
    pub unit: Option<String>,
    /// 市州.
    pub region: Option<String>,
    /// Whom to ask, as people settled it or as the form says.
    pub contact: Contact,
    /// What is still lacking.
    pub corrections: Vec<String>,
}

/// How many cases one statement names.
const CHUNK: usize = 500;

impl Store {
    /// Of each of these cases, but for what looks classified.
    pub async fn lacking(&self, cases: &[i64]) -> Result<BTreeMap<i64, Lacking>> {
        let mut all = BTreeMap::new();
        for chunk in cases.chunks(CHUNK) {
            self.lacking_of(chunk, &mut all).await?;
        }
        Ok(all)
    }

    async fn lacking_of(&self, cases: &[i64], all: &mut BTreeMap<i64, Lacking>) -> Result<()> {
        let read = among(
            "SELECT c.id, c.number, c.campaign, c.title, c.unit, c.region, r.reading FROM case_record c
             JOIN revision r ON r.case_id = c.id AND r.revision = c.revision
             JOIN message m ON m.id = r.message AND m.classified = 0 WHERE c.id IN (",
            cases,
            ")",
        );
        all.extend(self.rows(&read, first).await?);
        let defects = among(
            "SELECT d.case_id, d.sentence FROM defect d JOIN case_record c ON c.id = d.case_id AND c.revision = d.revision
             WHERE d.severity = 'correct' AND d.case_id IN (",
            cases,
            ") ORDER BY d.case_id, d.ordinal",
        );
        for (case, sentence) in self.rows(&defects, |row| Ok((row.try_get(0)?, row.try_get(1)?))).await? {
            all.entry(case).and_modify(|of: &mut Lacking| of.corrections.push(sentence));
        }
        let settled = among(
            "SELECT g.case_id, g.field, g.value FROM ruling g
             WHERE g.state = 'standing' AND g.field LIKE 'contact.%' AND g.case_id IN (",
            cases,
            ") ORDER BY g.id",
        );
        let ruling = |row: &AnyRow| -> Result<(i64, String, String)> { Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)) };
        for (case, field, value) in self.rows(&settled, ruling).await? {
            all.entry(case).and_modify(|of| settle(&mut of.contact, &field, &value));
        }
        Ok(())
    }
}

fn among(head: &'static str, cases: &[i64], tail: &'static str) -> Sql {
    let mut sql = Sql::new(head);
    sql.numbers(cases).push(tail);
    sql
}

fn first(row: &AnyRow) -> Result<(i64, Lacking)> {
    let reading: String = row.try_get("reading")?;
    let OnlyContact { contact } = serde_json::from_str(&reading).map_err(|source| StoreError::Row { what: "reading", source })?;
    let lacking = Lacking {
        number: row.try_get("number")?,
        campaign: row.try_get("campaign")?,
        title: row.try_get("title")?,
        unit: row.try_get("unit")?,
        region: row.try_get("region")?,
        contact,
        corrections: Vec::new(),
    };
    Ok((row.try_get("id")?, lacking))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use crate::model::defect::Severity;

    #[tokio::test]
    async fn of_each_case_that_is_named_what_it_lacks_and_whom_to_ask() {
        let (_dir, store) = store().await;
        let message = receive(&store, 1, "a").await;
        let (mut reading, trace, place) = parts("某市计量院", "题目", "19900000001");
        reading.defects[0].severity = Severity::Correct;
        let mut tx = store.begin().await.unwrap();
        let number = tx.next_number("2023", "JCZH-2023").await.unwrap();
        let case = tx.open_case(&entry(message, &reading, &trace, &place), &number).await.unwrap();
        tx.commit().await.unwrap();
        let (other, _) = open(&store, 2, "b", "某所", "别的题目", "19900000002").await;
        let lacking = store.lacking(&[case]).await.unwrap();
        assert_eq!(lacking.keys().copied().collect::<Vec<_>>(), [case]);
        assert_eq!(lacking[&case].contact.phones, ["19900000001"]);
        assert_eq!(lacking[&case].corrections, [reading.defects[0].message.clone()]);
        let many: Vec<i64> = (other..2000).collect();
        assert!(store.lacking(&many).await.unwrap()[&other].corrections.is_empty());
    }
}
