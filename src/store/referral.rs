//! Selected cases that are sent on: to whom, by which mail, and what became of it. What went to the national
//! administration is 已报送 (`referred`) once its mail was accepted, and not before.

use super::{Result, Store, Transaction, rfc3339, text};
use crate::model::audit::{Act, By};
use crate::model::outcome::Outcome;
use serde::Serialize;
use serde_json::json;
use sqlx::{Any, Row, any::AnyRow};

/// To be sent on.
#[derive(Debug, Clone, Copy)]
pub struct NewReferral<'a> {
    /// Their campaign.
    pub campaign: &'a str,
    /// `department`, `local` or `samr`.
    pub target: &'a str,
    /// Whom the letter addresses.
    pub recipient: &'a str,
    /// Where it goes.
    pub address: &'a str,
    /// The mail's row.
    pub outbox: i64,
    /// SHA-256 of the package.
    pub package_sha256: &'a str,
    /// The cases: rows and numbers.
    pub cases: &'a [(i64, String)],
}

/// What was sent on, or waits to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the keys speak for themselves")]
pub struct ReferralRow {
    pub id: i64,
    pub target: String,
    pub recipient: String,
    pub address: String,
    pub case_numbers: Vec<String>,
    pub outbox: i64,
    /// The state of its mail.
    pub state: String,
    pub sent_at: Option<String>,
    pub actor: String,
    pub reason: String,
    pub at: String,
    pub package_sha256: String,
    pub campaign: String,
}

impl Transaction {
    /// Notes it beside its mail. Each mail is one referral: `outbox` is unique.
    pub async fn add_referral(&mut self, referral: &NewReferral<'_>, by: &By) -> Result<i64> {
        let query = sqlx::query_scalar::<Any, i64>(
            "INSERT INTO referral (campaign, target, recipient, address, outbox, package_sha256, actor, reason, at_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id",
        );
        let query = query.bind(referral.campaign).bind(referral.target).bind(text(referral.recipient)).bind(text(referral.address));
        let query = query.bind(referral.outbox).bind(referral.package_sha256).bind(by.actor.as_str()).bind(text(&by.reason)).bind(by.at_ms);
        let id = query.fetch_one(self.connection()).await?;
        for (case, number) in referral.cases {
            let query = sqlx::query("INSERT INTO referral_case (referral, case_id) VALUES ($1, $2)");
            query.bind(id).bind(*case).execute(self.connection()).await?;
            let detail = json!({"referral": id, "target": referral.target, "outbox": referral.outbox});
            self.audit(by.entry(Act::CaseReferred, format!("case/{number}"), detail));
        }
        Ok(id)
    }

    /// The cases among these that go, or went, to the same recipient before: by number.
    pub async fn referred_before(&mut self, address: &str, cases: &[(i64, String)]) -> Result<Vec<String>> {
        let mut before = Vec::new();
        for (case, number) in cases {
            let query = sqlx::query_scalar::<Any, i64>(
                "SELECT COUNT(*) FROM referral r JOIN referral_case rc ON rc.referral = r.id JOIN outbox o ON o.id = r.outbox
                 WHERE rc.case_id = $1 AND lower(r.address) = $2 AND o.state NOT IN ('cancelled', 'dead')",
            );
            let query = query.bind(*case).bind(text(&address.to_lowercase()));
            if query.fetch_one(self.connection()).await? > 0 {
                before.push(number.clone());
            }
        }
        Ok(before)
    }

    /// What follows when a mail was accepted: the cases that it took to the national administration are 已报送.
    pub(super) async fn note_referred(&mut self, outbox: i64, now_ms: i64) -> Result<()> {
        let query = sqlx::query_scalar::<Any, i64>(
            "SELECT rc.case_id FROM referral r JOIN referral_case rc ON rc.referral = r.id WHERE r.outbox = $1 AND r.target = 'samr'
             ORDER BY rc.case_id",
        );
        for case in query.bind(outbox).fetch_all(self.connection()).await? {
            if let Some(case) = self.act_case(&case.to_string()).await? {
                // Whoever was taken out of the selection since then stays out of it.
                self.note_outcome(&case, Outcome::Referred, &By::program(now_ms).because("报送件已发出")).await?;
            }
        }
        Ok(())
    }
}

impl Store {
    /// Every referral, the newest first; of one campaign, or of all.
    pub async fn list_referrals(&self, campaign: Option<&str>) -> Result<Vec<ReferralRow>> {
        let query = sqlx::query(
            "SELECT r.id, r.campaign, r.target, r.recipient, r.address, r.outbox, r.package_sha256, r.actor, r.reason, r.at_ms, o.state, o.sent_ms,
                 (SELECT string_agg(c.number, ';' ORDER BY c.id) FROM referral_case rc JOIN case_record c ON c.id = rc.case_id
                  WHERE rc.referral = r.id) AS case_numbers
             FROM referral r JOIN outbox o ON o.id = r.outbox WHERE r.campaign = $1 OR $1 = '' ORDER BY r.id DESC",
        );
        query.bind(campaign.unwrap_or_default()).fetch_all(&self.pool).await?.iter().map(read).collect()
    }
}

fn read(row: &AnyRow) -> Result<ReferralRow> {
    let numbers: Option<String> = row.try_get("case_numbers")?;
    Ok(ReferralRow {
        id: row.try_get("id")?,
        target: row.try_get("target")?,
        recipient: row.try_get("recipient")?,
        address: row.try_get("address")?,
        case_numbers: numbers.iter().flat_map(|numbers| numbers.split(';')).map(str::to_owned).collect(),
        outbox: row.try_get("outbox")?,
        state: row.try_get("state")?,
        sent_at: row.try_get::<Option<i64>, _>("sent_ms")?.map(rfc3339),
        actor: row.try_get("actor")?,
        reason: row.try_get("reason")?,
        at: rfc3339(row.try_get("at_ms")?),
        package_sha256: row.try_get("package_sha256")?,
        campaign: row.try_get("campaign")?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::super::{Change, Outcome as Delivered, Outgoing, Settled};
    use super::*;
    use crate::model::audit::Actor;
    use crate::model::outbox::OutboxState;

    async fn refer(store: &Store, name: &str, target: &str, case: (i64, String)) -> i64 {
        let mail = rendered(name, "office@samr.example");
        let mut tx = store.begin().await.unwrap();
        let outgoing = Outgoing { kind: "referral", state: OutboxState::Held, cases: &[case.0], ..outgoing(&mail) };
        let outbox = tx.enqueue(&outgoing).await.unwrap().unwrap();
        let cases = [case];
        let referral = NewReferral {
            campaign: "2023",
            target,
            recipient: "有关司局",
            address: "office@samr.example",
            outbox,
            package_sha256: "package",
            cases: &cases,
        };
        tx.add_referral(&referral, &by(50).because("择优报送")).await.unwrap();
        tx.commit().await.unwrap();
        outbox
    }

    #[tokio::test]
    async fn a_case_is_referred_once_its_mail_to_the_national_administration_was_accepted() {
        let (_dir, store) = store().await;
        let (id, number) = open(&store, 1, "a", "某市计量院", "题目", "19900000001").await;
        store.freeze("2023", "2023-H1", &by(5000)).await.unwrap();
        let mut tx = store.begin().await.unwrap();
        let case = tx.act_case(&number).await.unwrap().unwrap();
        let li = By { actor: Actor::Person("li".into()), at_ms: 7, reason: String::new() };
        for outcome in [Outcome::Proposed, Outcome::Selected] {
            tx.propose_outcome(&case, "2023-H1", outcome, &by(6)).await.unwrap();
            tx.confirm_outcome(&case, None, &li).await.unwrap();
        }
        tx.commit().await.unwrap();
        let outcome = async || store.outcome(&number).await.unwrap();
        let settle = async |id| store.settle(&[Settled { id, outcome: accepted(60) }], 60).await.unwrap();
        let local = refer(&store, "local", "local", (id, number.clone())).await;
        settle(local).await;
        assert_eq!(outcome().await, Some(Outcome::Selected), "it went to a local government");
        let samr = refer(&store, "samr", "samr", (id, number.clone())).await;
        assert_eq!(outcome().await, Some(Outcome::Selected), "it waits");
        let lost = Delivered::Deferred { next_ms: 70, error: "450".into() };
        store.settle(&[Settled { id: samr, outcome: lost }], 60).await.unwrap();
        assert_eq!(outcome().await, Some(Outcome::Selected), "it was refused for now");
        settle(samr).await;
        assert_eq!(outcome().await, Some(Outcome::Referred));
        let rows = store.list_referrals(Some("2023")).await.unwrap();
        assert_eq!(
            rows.iter().map(|row| (row.target.as_str(), row.state.as_str())).collect::<Vec<_>>(),
            [("samr", "sent"), ("local", "sent")]
        );
        assert_eq!(rows[0].case_numbers, std::slice::from_ref(&number));
        let mut tx = store.begin().await.unwrap();
        let letters = tx.correspondence(id).await.unwrap().unwrap();
        assert_eq!(letters.to, "a@unit.example", "a letter to the unit never goes where its case was sent on to");
        assert!(!tx.wrote_to(id, "office@samr.example").await.unwrap());
        assert_eq!(tx.referred_before("Office@SAMR.example", &[(id, number.clone())]).await.unwrap(), [number]);
        assert!(tx.referred_before("other@samr.example", &[(id, String::new())]).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn what_waits_to_be_sent_on_goes_no_more_once_its_case_is_out() {
        let (_dir, store) = store().await;
        let (id, number) = open(&store, 1, "a", "某市计量院", "题目", "19900000001").await;
        let held = refer(&store, "held", "local", (id, number.clone())).await;
        let overtaken = Change::Overtaken(vec![number.clone()]);
        assert_eq!(store.release(held, &by(60)).await.unwrap(), overtaken, "it is selected no more");
        let selected = "UPDATE case_record SET outcome = 'selected'";
        for (out, back) in [
            ("UPDATE case_record SET status = 'withdrawn'", "UPDATE case_record SET status = 'accepted'"),
            ("UPDATE case_record SET outcome = 'not_selected'", selected),
            ("UPDATE message SET classified = 1", "UPDATE message SET classified = 0"),
        ] {
            for statement in [selected, out] {
                sqlx::query(statement).execute(&store.pool).await.unwrap();
            }
            assert_eq!(store.release(held, &by(61)).await.unwrap(), overtaken, "{out}");
            sqlx::query(back).execute(&store.pool).await.unwrap();
        }
        assert_eq!(store.release(held, &by(62)).await.unwrap(), Change::Done);
        let mut tx = store.begin().await.unwrap();
        assert_eq!(tx.withdraw_outcome_letters(id, &by(63)).await.unwrap(), [held]);
        tx.commit().await.unwrap();
        assert_eq!(store.list_referrals(None).await.unwrap()[0].state, "cancelled");
    }
}
