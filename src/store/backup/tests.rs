//! A deployment is copied while it works, damaged, and put back.

use super::{super::testing::*, *};
use crate::model::decision::Disposition;
use crate::model::reading::StoredFile;
use crate::store::{AuditFilter, AuditRow, Blobs, Filter, Store, Verdict};
use jiff::Timestamp;

struct Deployment {
    dir: tempfile::TempDir,
    store: Store,
    blobs: Blobs,
}

fn now() -> Timestamp {
    "2023-06-30T09:30:00Z".parse().unwrap()
}

/// Two cases with their raw mails, form and evidence; a classified mail beside them.
async fn deployment() -> Deployment {
    let (dir, store) = file().await;
    let blobs = Blobs::open(&format!("file:{}/blobs", dir.path().display())).unwrap();
    open(&store, 1, "a", "某市计量院", "题目", "19900000001").await;
    open(&store, 2, "b", "某市质检所", "另一题目", "19900000002").await;
    let secret = receive(&store, 3, "secret").await;
    let mut mail = intake("secret", "s@unit.example", vec![]);
    mail.reading.message.subject = "绝密方案".into();
    mail.quarantine = Some("疑似带有密级或内部资料标志".into());
    mail.reading.defects.push(crate::model::defect::Defect {
        code: crate::model::defect::DefectCode::MessageClassified,
        field: None,
        severity: crate::model::defect::Severity::Check,
        message: "“绝密方案”带有标志".into(),
    });
    let mut tx = store.begin().await.unwrap();
    let verdict =
        Verdict {
            message: secret, disposition: Disposition::Quarantined, because: "绝密方案", duplicate_of: None, intake: Some(&mail)
        };
    assert!(tx.set_disposition(&verdict).await.unwrap());
    tx.commit().await.unwrap();
    for sha256 in store.blobs().await.unwrap() {
        // The fixtures' hashes are those of names.
        let name = ["a", "b", "form", "evidence", "a form", "b form"].into_iter().find(|name| hash(name) == sha256);
        let bytes = name.unwrap_or_else(|| panic!("{sha256} of which name?")).as_bytes().to_vec();
        blobs.put_all(vec![StoredFile { sha256, bytes: bytes.into() }]).await.unwrap();
    }
    blobs.put_all(vec![StoredFile { sha256: hash("secret"), bytes: b"secret".to_vec().into() }]).await.unwrap();
    Deployment { dir, store, blobs }
}

async fn backed_up(deployment: &Deployment) -> (PathBuf, Manifest) {
    let to = deployment.dir.path().join("备份");
    let config = deployment.dir.path().join("zhihui.toml");
    std::fs::write(&config, "# 配置").unwrap();
    let manifest = create(&deployment.store, &deployment.blobs, &[config], &to, &by(now().as_millisecond())).await.unwrap();
    (to, manifest)
}

#[tokio::test]
async fn a_backup_is_whole_and_comes_back_as_it_was() {
    let deployment = deployment().await;
    let (to, made) = backed_up(&deployment).await;
    assert_eq!((made.messages, made.cases, made.classified, made.missing.len()), (3, 2, 1, 0));
    let (manifest, faults) = verify(&to).await.unwrap();
    assert_eq!((manifest, faults), (made.clone(), Vec::new()));
    assert_eq!(std::fs::read_to_string(to.join("config/zhihui.toml")).unwrap(), "# 配置");

    let empty = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}/var/zhihui.db", empty.path().display());
    let blobs = Blobs::open(&format!("file:{}/blobs", empty.path().display())).unwrap();
    assert_eq!(restore(&to, &url, &blobs, &by(now().as_millisecond())).await.unwrap(), made);
    let restored = Store::open(&url).await.unwrap();
    assert_eq!(restored.hmac_key().await.unwrap(), deployment.store.hmac_key().await.unwrap());
    assert_eq!(restored.list_cases(&Filter::default()).await.unwrap(), deployment.store.list_cases(&Filter::default()).await.unwrap());
    for blob in restored.blobs().await.unwrap() {
        assert!(blobs.get(&blob).await.is_ok(), "{blob}");
    }
    assert_eq!(restored.restored_ms().await.unwrap(), Some(now().as_millisecond()));
    assert_eq!(restored.verify_audit(None).await.unwrap().faults, []);
    let acts = |rows: Vec<AuditRow>| rows.into_iter().map(|row| row.act).collect::<Vec<_>>();
    let (log, before) = (restored.list_audit(&AuditFilter::default()).await, deployment.store.list_audit(&AuditFilter::default()).await);
    let (log, before) = (acts(log.unwrap()), acts(before.unwrap()));
    assert_eq!((log.last().unwrap().as_str(), before.last().unwrap().as_str()), ("backup.restored", "backup.made"));
    assert_eq!(log[..log.len() - 1], before[..before.len() - 1], "what the log said comes back with the rest");
    assert!(matches!(restore(&to, &url, &blobs, &by(now().as_millisecond())).await, Err(BackupError::NotEmpty(_))));
}

#[tokio::test]
async fn what_was_queued_waits_for_a_person_after_a_restore() {
    let deployment = deployment().await;
    let before = deployment.store.list_outbox(&Filter::default()).await.unwrap();
    assert!(before.iter().any(|row| row.state == "queued"), "the fixture queues a reply");
    let (to, _) = backed_up(&deployment).await;
    let empty = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}/zhihui.db", empty.path().display());
    restore(&to, &url, &Blobs::open(&format!("file:{}/blobs", empty.path().display())).unwrap(), &by(now().as_millisecond()))
        .await
        .unwrap();
    let after = Store::open(&url).await.unwrap().list_outbox(&Filter::default()).await.unwrap();
    assert_eq!(after.iter().map(|row| &row.message_id).collect::<Vec<_>>(), before.iter().map(|row| &row.message_id).collect::<Vec<_>>());
    assert!(after.iter().all(|row| row.state != "queued"));
}

#[tokio::test]
async fn nothing_of_a_classified_mail_is_in_a_backup() {
    let deployment = deployment().await;
    let (to, _) = backed_up(&deployment).await;
    assert!(!to.join(blob_name(&hash("secret"))).exists());
    let beside = std::fs::read_dir(&to).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut beside: Vec<String> = beside.collect();
    beside.sort_unstable();
    assert_eq!(beside, [SUMS, MANIFEST, BLOBS, CONFIG, DATABASE], "no log of the database, no first copy");
    let database = std::fs::read(to.join(DATABASE)).unwrap();
    let words = "绝密方案".as_bytes();
    assert!(!database.windows(words.len()).any(|window| window == words));
}

#[tokio::test]
async fn every_changed_missing_or_added_file_is_named() {
    let deployment = deployment().await;
    let (to, _) = backed_up(&deployment).await;
    std::fs::write(to.join(blob_name(&hash("a"))), "A").unwrap();
    std::fs::remove_file(to.join(blob_name(&hash("b")))).unwrap();
    std::fs::write(to.join("blobs/stranger"), "?").unwrap();
    let (_, faults) = verify(&to).await.unwrap();
    let expected = [Fault::Changed(blob_name(&hash("a"))), Fault::Missing(blob_name(&hash("b"))), Fault::Unknown("blobs/stranger".into())];
    assert!(faults.len() == 3 && expected.iter().all(|fault| faults.contains(fault)), "{faults:?}");
    let empty = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}/zhihui.db", empty.path().display());
    let blobs = Blobs::open(&format!("file:{}/blobs", empty.path().display())).unwrap();
    assert!(matches!(restore(&to, &url, &blobs, &by(now().as_millisecond())).await, Err(BackupError::Damaged(_))));
    assert!(!empty.path().join("zhihui.db").exists());
}

#[tokio::test]
async fn a_blob_that_is_lost_already_is_told_and_the_rest_is_kept() {
    let deployment = deployment().await;
    std::fs::remove_dir_all(deployment.dir.path().join("blobs").join(hash("a").split_at(2).0)).unwrap();
    let (to, made) = backed_up(&deployment).await;
    assert_eq!(made.missing, [hash("a")].into());
    assert_eq!(verify(&to).await.unwrap().1, Vec::new(), "what was known to be missing is no new fault");
}

#[tokio::test]
async fn a_folder_that_is_there_is_left_alone_and_one_without_its_list_is_no_backup() {
    let deployment = deployment().await;
    let (to, _) = backed_up(&deployment).await;
    assert!(matches!(
        create(&deployment.store, &deployment.blobs, &[], &to, &by(now().as_millisecond())).await,
        Err(BackupError::Occupied(_))
    ));
    std::fs::remove_file(to.join(SUMS)).unwrap();
    assert!(matches!(verify(&to).await, Err(BackupError::NotABackup(_))));
    assert!(matches!(verify(deployment.dir.path()).await, Err(BackupError::NotABackup(_))));
}
