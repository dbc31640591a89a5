//! Opening, transactions, and what the file or the server does under them.

use super::{testing::*, *};

#[tokio::test]
async fn a_connection_on_which_the_disk_was_full_serves_the_next_transaction() {
    let (_dir, store) = file().await;
    let mut tx = store.begin().await.unwrap();
    // No more pages than there are.
    sqlx::query("PRAGMA max_page_count = 1").execute(tx.connection()).await.unwrap();
    let insert = sqlx::query("INSERT INTO setting (key, value) VALUES ('large', hex(zeroblob(1000000)))");
    let error = StoreError::from(insert.execute(tx.connection()).await.unwrap_err());
    assert!(error.is_storage() && error.is_transient(), "{error}");
    drop(tx);
    // On whichever connection.
    for _ in 0..20 {
        store.begin().await.unwrap().commit().await.unwrap();
    }
}

#[tokio::test]
async fn opening_twice_changes_nothing_and_any_path_will_do() {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}/新 文件夹/50%?#.db", dir.path().display());
    let first = Store::open(&url).await.unwrap();
    let key = first.hmac_key().await.unwrap();
    first.close().await;
    assert_eq!(Store::open(&url).await.unwrap().hmac_key().await.unwrap(), key);
    assert!(dir.path().join("新 文件夹/50%?#.db").exists());
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(dir.path().join("新 文件夹/50%?#.db")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn every_connection_is_durable_and_keeps_its_references() {
    let (_dir, store) = file().await;
    let mut held = Vec::new();
    for _ in 0..4 {
        let mut connection = store.pool.acquire().await.unwrap();
        for (pragma, expected) in
            [("PRAGMA synchronous", 2), ("PRAGMA foreign_keys", 1), ("PRAGMA busy_timeout", 30000), ("PRAGMA wal_autocheckpoint", 4000)]
        {
            let value: i64 = sqlx::query_scalar(pragma).fetch_one(&mut *connection).await.unwrap();
            assert_eq!(value, expected, "{pragma}");
        }
        let mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut *connection).await.unwrap();
        assert_eq!(mode, "wal");
        held.push(connection);
    }
}

#[tokio::test]
async fn two_that_open_a_new_database_at_once_both_succeed() {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}/new.db", dir.path().display());
    let (a, b, c) = tokio::join!(Store::open(&url), Store::open(&url), Store::open(&url));
    assert!(a.is_ok() && b.is_ok() && c.is_ok(), "{a:?} {b:?} {c:?}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_told_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("test.db");
    std::fs::write(&path, [b'x'; 8192]).unwrap();
    let error = Store::open(&format!("sqlite:{}", path.display())).await.unwrap_err();
    assert!(error.is_fatal() && !error.is_transient(), "{error}");
    assert!(error.to_string().contains("数据库文件已损坏"), "{error}");
}

#[tokio::test]
async fn an_unknown_database_is_explained() {
    for url in ["mysql://x", "sqlite::memory:", "var/zhihui.db"] {
        let error = Store::open(url).await.unwrap_err();
        assert!(!error.is_transient());
        assert!(error.to_string().contains("数据库"), "{error}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_at_once_and_may_be_there_later() {
    let error = Store::open("postgres://zhihui:geheim@127.0.0.1:1/zhihui").await.unwrap_err();
    assert!(error.is_transient() && error.to_string().contains("连接不上"), "{error}");
    assert!(!error.to_string().contains("geheim"));
}

#[tokio::test]
async fn a_begin_that_was_dropped_or_waited_too_long_is_rolled_back() {
    let (dir, store) = store().await;
    if !store.is_shared() {
        return;
    }
    let mut connections = Vec::new();
    for _ in 0..8 {
        let mut connection = store.pool.acquire().await.unwrap();
        connection.execute("SET lock_timeout = '100ms'").await.unwrap();
        connections.push(connection);
    }
    drop(connections);
    let other = Store::open(&url(&dir).await).await.unwrap();
    let held = other.begin().await.unwrap();
    let error = store.begin().await.unwrap_err();
    assert!(error.is_transient(), "{error}");
    let dropped = tokio::time::timeout(std::time::Duration::from_millis(50), store.begin()).await;
    assert!(dropped.is_err());
    held.commit().await.unwrap();
    for _ in 0..20 {
        store.begin().await.unwrap().commit().await.unwrap();
    }
    other.begin().await.unwrap().commit().await.unwrap();
}

#[tokio::test]
async fn nothing_is_written_to_a_file_that_was_moved_or_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let (path, away) = (dir.path().join("a.db"), dir.path().join("b.db"));
    let store = Store::open(&format!("sqlite:{}", path.display())).await.unwrap();
    let refused = async || store.begin().await.err().is_some_and(|error| matches!(error, StoreError::Moved(_)) && error.is_fatal());
    assert!(!refused().await);
    std::fs::rename(&path, &away).unwrap();
    assert!(refused().await && store.claim("main", 1, 0, "me", 1).await.is_err() && store.claim_outbox(1, 0, "me", 1).await.is_err());
    std::fs::write(&path, "").unwrap();
    assert!(refused().await, "another file of the same name");
    std::fs::rename(&away, &path).unwrap();
    assert!(!refused().await);
}

#[tokio::test]
async fn a_dropped_transaction_leaves_nothing() {
    let (_dir, store) = store().await;
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.next_number("2023", "JCZH-2023").await.unwrap(), "JCZH-2023-0001");
    drop(tx);
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.next_number("2023", "JCZH-2023").await.unwrap(), "JCZH-2023-0001");
    tx.commit().await.unwrap();
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.next_number("2023", "JCZH-2023").await.unwrap(), "JCZH-2023-0002");
}
