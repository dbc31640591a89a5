//! What takes two persons and changes no case, such as an export with names and numbers: the first one's wish is kept until
//! another wants the same, and is used up by that.

use super::{Result, Store, rfc3339, text};
use crate::model::audit::{Act, By};
use serde::Serialize;
use serde_json::{Value, json};
use sqlx::{Any, Row, any::AnyRow};

/// How long a wish waits for another person, in milliseconds.
const PATIENCE_MS: i64 = 7 * 86_400_000;

/// What became of the wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Approval {
    /// It waits for a second person.
    Proposed,
    /// Another person wanted the same: it may be done, once, and is in the audit log.
    Granted,
    /// The same person wanted it before.
    SamePerson,
    /// Coordinators are named in the roster, and this login is none of theirs.
    NotInRoster,
}

/// What waits for a second person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Waiting {
    /// What is to be done.
    pub act: String,
    /// To what: exactly what the second person has to want, too.
    pub subject: String,
    /// Who wants it.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// Since when.
    pub at: String,
    /// Until when; none where it waits for ever.
    pub until: Option<String>,
    /// Of an admission: the window.
    pub window: Option<String>,
}

impl Store {
    /// What waits for a second person at this instant, oldest first.
    pub async fn waiting_for_two(&self, now_ms: i64) -> Result<Vec<Waiting>> {
        let query = sqlx::query(
            "SELECT act, subject, actor, reason, at_ms, NULL AS value FROM approval WHERE used_ms IS NULL AND at_ms > $1
             UNION ALL
             SELECT $2, 'case/' || c.number, g.actor, g.reason, g.at_ms, g.value FROM ruling g JOIN case_record c ON c.id = g.case_id
                 WHERE g.state = 'proposed' AND g.field = 'window' AND c.late = 1 AND c.number IS NOT NULL
             ORDER BY 5, 2",
        );
        let query = query.bind(now_ms.saturating_sub(PATIENCE_MS)).bind(Act::CaseAdmitted.as_str());
        query.fetch_all(&self.pool).await?.iter().map(waiting).collect()
    }

    /// Two persons for `act` on `subject`, which says exactly what is meant. The detail goes into the log when it is granted.
    pub async fn approve(&self, act: Act, subject: &str, detail: &Value, by: &By) -> Result<Approval> {
        let mut tx = self.begin().await?;
        let roster = tx.roster_about(subject).await?;
        if !roster.may_confirm(by.actor.as_str()) {
            return Ok(Approval::NotInRoster);
        }
        let query = sqlx::query_as::<Any, (i64, String)>(
            "SELECT id, actor FROM approval WHERE act = $1 AND subject = $2 AND used_ms IS NULL AND at_ms > $3 ORDER BY id DESC LIMIT 1",
        );
        let query = query.bind(act.as_str()).bind(text(subject)).bind(by.at_ms.saturating_sub(PATIENCE_MS));
        let Some((id, first)) = query.fetch_optional(tx.connection()).await? else {
            let query = sqlx::query("INSERT INTO approval (act, subject, actor, reason, at_ms) VALUES ($1, $2, $3, $4, $5)");
            let query = query.bind(act.as_str()).bind(text(subject)).bind(by.actor.as_str()).bind(text(&by.reason)).bind(by.at_ms);
            query.execute(tx.connection()).await?;
            tx.audit(by.entry(Act::ApprovalAsked, subject, json!({"act": act.as_str()})));
            tx.commit().await?;
            return Ok(Approval::Proposed);
        };
        if roster.is_same(&first, by.actor.as_str()) {
            return Ok(Approval::SamePerson);
        }
        let query = sqlx::query("UPDATE approval SET second = $2, used_ms = $3 WHERE id = $1");
        query.bind(id).bind(by.actor.as_str()).bind(by.at_ms).execute(tx.connection()).await?;
        tx.audit(by.entry(act, subject, json!({"proposed_by": first, "detail": detail})));
        tx.commit().await?;
        Ok(Approval::Granted)
    }
}

fn waiting(row: &AnyRow) -> Result<Waiting> {
    let at_ms: i64 = row.try_get("at_ms")?;
    let value: Option<String> = row.try_get("value")?;
    let window = value.and_then(|value| serde_json::from_str::<Value>(&value).ok()?.get("window")?.as_str().map(str::to_owned));
    Ok(Waiting {
        act: row.try_get("act")?,
        subject: row.try_get("subject")?,
        actor: row.try_get("actor")?,
        reason: row.try_get("reason")?,
        at: rfc3339(at_ms),
        until: window.is_none().then(|| rfc3339(at_ms.saturating_add(PATIENCE_MS))),
        window,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::model::audit::Actor;
    use crate::model::roster::{Coordinator, Roster};

    #[tokio::test]
    async fn it_takes_two_persons_each_time_and_two_logins_of_one_are_one() {
        let (_dir, store) = store().await;
        let person = |login: &str, at_ms| By { actor: Actor::Person(login.into()), at_ms, reason: "核对".into() };
        let approve =
            async |login: &str, at_ms| store.approve(Act::ContactsExported, "case/1", &json!({}), &person(login, at_ms)).await.unwrap();
        let waits = async |now_ms| store.waiting_for_two(now_ms).await.unwrap().len();
        assert_eq!(approve("zhang", 1).await, Approval::Proposed);
        assert_eq!((waits(2).await, waits(1 + PATIENCE_MS).await), (1, 0));
        assert_eq!(approve("zhang", 2).await, Approval::SamePerson);
        let one = Coordinator { name: "张某".into(), logins: vec!["zhang".into(), "z2".into()], phone: None };
        let other = Coordinator { name: "李某".into(), logins: vec!["li".into()], phone: None };
        let roster = Roster { coordinators: vec![one, other], ..Roster::default() };
        store.import_roster(crate::store::roster::ALL, &roster, &by(3)).await.unwrap();
        assert_eq!(approve("z2", 4).await, Approval::SamePerson);
        assert_eq!(approve("wang", 5).await, Approval::NotInRoster);
        assert_eq!(approve("li", 6).await, Approval::Granted);
        assert_eq!(waits(7).await, 0, "it is used up");
        assert_eq!(approve("li", 7).await, Approval::Proposed, "each time anew");
        assert_eq!(approve("zhang", 8 + PATIENCE_MS).await, Approval::Proposed, "a wish doesn't wait for ever");
        let acts: Vec<String> = store.list_audit(&Default::default()).await.unwrap().into_iter().map(|row| row.act).collect();
        assert_eq!(acts.iter().filter(|act| *act == "ledger.contacts_exported").count(), 1, "{acts:?}");
    }
}
