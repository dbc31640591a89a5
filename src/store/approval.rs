//! What takes two persons and changes no case, such as an export with names and numbers: the first one's wish is kept until
//! another wants the same, and is used up by that.

use super::{Result, Store, text};
use crate::model::audit::{Act, By};
use serde_json::{Value, json};
use sqlx::Any;

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

impl Store {
    /// Two persons for `act` on `subject`, which says exactly what is meant. The detail goes into the log when it is granted.
    pub async fn approve(&self, act: Act, subject: &str, detail: &Value, by: &By) -> Result<Approval> {
        let mut tx = self.begin().await?;
        let roster = tx.roster().await?;
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
        assert_eq!(approve("zhang", 1).await, Approval::Proposed);
        assert_eq!(approve("zhang", 2).await, Approval::SamePerson);
        let one = Coordinator { name: "张某".into(), logins: vec!["zhang".into(), "z2".into()], phone: None };
        let other = Coordinator { name: "李某".into(), logins: vec!["li".into()], phone: None };
        let roster = Roster { coordinators: vec![one, other], ..Roster::default() };
        store.import_roster(&roster, &by(3)).await.unwrap();
        assert_eq!(approve("z2", 4).await, Approval::SamePerson);
        assert_eq!(approve("wang", 5).await, Approval::NotInRoster);
        assert_eq!(approve("li", 6).await, Approval::Granted);
        assert_eq!(approve("li", 7).await, Approval::Proposed, "each time anew");
        assert_eq!(approve("zhang", 8 + PATIENCE_MS).await, Approval::Proposed, "a wish doesn't wait for ever");
        let acts: Vec<String> = store.list_audit(&Default::default()).await.unwrap().into_iter().map(|row| row.act).collect();
        assert_eq!(acts.iter().filter(|act| *act == "ledger.contacts_exported").count(), 1, "{acts:?}");
    }
}
