//! What is found, what is not, and that the index follows the record.

use super::super::testing::*;
use super::*;
use crate::model::{defect::*, reading::FileText};
use crate::store::{CaseEntry, Direction, SortKey, Verdict};

async fn found(store: &Store, typed: &str) -> Vec<(i64, Option<Found>)> {
    let (hits, all) = store.search(typed, &Filter::default(), 20).await.unwrap();
    assert_eq!(hits.len() as u64, all, "{typed}");
    hits.into_iter().map(|hit| (hit.case.id, hit.found_in)).collect()
}

/// Opens a case whose introduction says this.
async fn case(store: &Store, uid: u32, unit: &str, title: &str, introduction: &str) -> i64 {
    let message = receive(store, uid, &format!("mail {uid}")).await;
    let (mut reading, trace, place) = parts(unit, title, "19900000001");
    reading.introduction.text = Some(introduction.into());
    reading.evidence[0].sha256 = hash(&format!("evidence {uid}"));
    let mut tx = store.begin().await.unwrap();
    let id = tx.open_case(&entry(message, &reading, &trace, &place), &format!("N-{uid:04}")).await.unwrap();
    tx.add_texts(&[FileText { sha256: hash(&format!("evidence {uid}")), text: format!("第{uid}份检测报告 Report-{uid}A") }]).await.unwrap();
    tx.commit().await.unwrap();
    id
}

#[tokio::test]
async fn words_are_found_where_they_stand_and_titles_come_first() {
    let (_dir, store) = store().await;
    let inside = case(&store, 1, "某市计量院", "服务企业", "我院为光电子产业建立计量标准，\n服务光谷。").await;
    let title = case(&store, 2, "某所", "光电子产业的计量", "无").await;
    let apart = case(&store, 3, "某所", "其他", "光电与电子产业的计量").await;
    assert_eq!(found(&store, "光电子 计量").await, [(title, Some(Found::Title)), (inside, Some(Found::Introduction))]);
    assert_eq!(found(&store, "光电").await.iter().map(|hit| hit.0).collect::<Vec<_>>()[0], title);
    assert_eq!(found(&store, "谷").await, [(inside, Some(Found::Introduction))]);
    assert_eq!(found(&store, "检测报告 report").await.len(), 3);
    assert_eq!(found(&store, "ＲＥＰＯＲＴ－3").await, [(apart, Some(Found::Evidence))]);
    for nothing in ["没有这个", "\" OR *", "%", "title : x", "NEAR(a b)"] {
        assert_eq!(found(&store, nothing).await, [], "{nothing}");
    }
    let (hits, _) = store.search("光谷", &Filter::default(), 20).await.unwrap();
    assert_eq!(hits[0].snippet.get(hits[0].marks[0].clone()), Some("光谷"));
    let by_title = |direction| Filter { sort: vec![SortKey { key: "title".into(), direction }], ..Filter::default() };
    for (direction, ids) in [(Direction::Ascending, [title, inside]), (Direction::Descending, [inside, title])] {
        let (hits, _) = store.search("光电子 计量", &by_title(direction), 20).await.unwrap();
        assert_eq!(hits.iter().map(|hit| hit.case.id).collect::<Vec<_>>(), ids, "another order may be asked for");
    }
    let other = Filter { region: Some("武汉市".into()), ..Filter::default() };
    assert_eq!(store.search("计量", &other, 20).await.unwrap().1, 0, "filters narrow it");
}

#[tokio::test]
async fn the_index_follows_the_case() {
    let (_dir, store) = store().await;
    let id = case(&store, 1, "某市计量院", "旧题目", "旧的介绍").await;
    let message = receive(&store, 2, "b").await;
    let (mut reading, trace, place) = parts("某市计量院", "新题目", "");
    reading.introduction.text = Some("新的介绍".into());
    let mut tx = store.begin().await.unwrap();
    tx.add_revision(id, &CaseEntry { received_ms: 3000, ..entry(message, &reading, &trace, &place) }).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(found(&store, "旧题目").await, []);
    assert_eq!(found(&store, "新的介绍").await, [(id, Some(Found::Introduction))]);
    let by_text = Filter { text: Some("台账".into()), ..Filter::default() };
    assert_eq!(store.list_cases(&by_text).await.unwrap().len(), 1, "a list looks at the whole form");
    assert_eq!(found(&store, "台账").await, [], "a search doesn't look at names of files");
}

#[tokio::test]
async fn classified_matter_is_never_in_it() {
    let (_dir, store) = store().await;
    case(&store, 1, "某市计量院", "题目", "介绍").await;
    let mut intake = intake("mail 1", "u@example.com", vec![]);
    let code = DefectCode::MessageClassified;
    intake.reading.defects.push(Defect { code, field: None, severity: Severity::Check, message: "疑似涉密".into() });
    assert_eq!(found(&store, "题目").await.len(), 1);
    let mut tx = store.begin().await.unwrap();
    let disposition = crate::model::decision::Disposition::Quarantined;
    tx.set_disposition(&Verdict { message: 1, disposition, because: "", duplicate_of: None, intake: Some(&intake) }).await.unwrap();
    tx.commit().await.unwrap();
    for word in ["题目", "介绍", "检测"] {
        assert_eq!(found(&store, word).await, [], "{word}");
    }
    let held: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM case_search").fetch_one(&store.pool).await.unwrap();
    assert_eq!(held, 0);
}

#[tokio::test]
async fn what_was_there_before_the_index_is_taken_up() {
    let (_dir, store) = store().await;
    case(&store, 1, "某市计量院", "题目", "介绍").await;
    sqlx::query("DELETE FROM case_search").execute(&store.pool).await.unwrap();
    sqlx::query("INSERT INTO search_due SELECT id FROM case_record").execute(&store.pool).await.unwrap();
    assert_eq!(store.due_for_index().await.unwrap(), 1);
    assert_eq!(found(&store, "介绍").await.len(), 1);
    assert_eq!(store.due_for_index().await.unwrap(), 0);
}

#[test]
fn both_engines_are_asked_for_the_same() {
    let phrases = tokens::phrases("光电子 GB");
    assert_eq!(fts5(&phrases, NEAR), "{title unit} : (\"光电 电子\" AND \"gb\" *)");
    assert_eq!(tsquery(&phrases, NEAR), "(光电:A <-> 电子:A) & (gb:*A)");
    assert_eq!(fts5(&phrases, ""), "\"光电 电子\" AND \"gb\" *");
}
