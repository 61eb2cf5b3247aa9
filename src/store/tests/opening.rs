//! Files that are a store, and files that are not.

use std::path::Path;

use super::*;

async fn trouble(path: &Path, access: Access) -> Trouble {
    let error = Store::open(path, access).await.expect_err("it is refused");
    assert!(error.advice().is_some(), "{error}");
    error.trouble
}

#[tokio::test]
async fn a_newer_store_is_refused_when_it_is_opened_and_in_the_middle_of_work() {
    let play = Play::new().await;
    let id = play.start("shop", "1.0", &["qa"]).await;
    let key = Key { promotion: id.clone(), of: attempt("qa/deploy", 1) };
    play.store.take(&key, "me").await.unwrap();
    play.by_hand("UPDATE store SET version = 7, reader = 1").await;
    Store::open(&play.path, Access::ReadWrite).await.expect("a newer version that this program can read");
    play.by_hand("UPDATE store SET version = 7, reader = 7").await;
    for access in [Access::ReadWrite, Access::ReadOnly] {
        assert!(matches!(trouble(&play.path, access).await, Trouble::Newer { found: 7, known: 1 }));
    }
    let turned = play.turn(&id, &person(), &stop()).await;
    assert!(
        matches!(&turned, Err(TurnError::Store(it)) if matches!(it.trouble, Trouble::Newer { .. })),
        "{turned:?}"
    );
    let claimed = play.store.claim_send(&key, "me", "[]", at(1)).await;
    assert!(claimed.is_err_and(|it| matches!(it.trouble, Trouble::Newer { .. })), "nothing is sent either");
}

#[tokio::test]
async fn what_is_not_a_store_is_refused_by_name_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    assert!(matches!(trouble(&path, Access::ReadOnly).await, Trouble::NoFile));
    assert!(!path.exists(), "reading creates nothing");
    let text = "not a database ".repeat(100);
    std::fs::write(&path, &text).unwrap();
    for access in [Access::ReadWrite, Access::ReadOnly] {
        assert!(matches!(trouble(&path, access).await, Trouble::NotADatabase));
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    assert!(matches!(trouble(folder.path(), Access::ReadWrite).await, Trouble::NotAFile));
    assert!(matches!(trouble(&folder.path().join("no/x.db"), Access::ReadWrite).await, Trouble::NoFolder));
    let other = folder.path().join("other.db");
    std::fs::write(&other, "").unwrap();
    assert!(matches!(trouble(&other, Access::ReadOnly).await, Trouble::Older), "an empty file has no tables");
}

#[tokio::test]
async fn a_database_of_another_program_is_left_alone() {
    let play = Play::new().await;
    play.store.writer.lock().await.pragma("PRAGMA application_id = 7").await.unwrap();
    for access in [Access::ReadWrite, Access::ReadOnly] {
        assert!(matches!(trouble(&play.path, access).await, Trouble::NotAStore));
    }
}

#[cfg(unix)]
#[tokio::test]
async fn only_its_owner_may_read_a_new_store() {
    use std::os::unix::fs::PermissionsExt;
    let play = Play::new().await;
    play.start("shop", "1.0", &["qa"]).await;
    for entry in std::fs::read_dir(play.path.parent().unwrap()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.file_name());
    }
}

#[tokio::test]
async fn several_processes_may_create_it_together() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s%20?#.db");
    let open = || Store::open(&path, Access::ReadWrite);
    let (one, two, three) = tokio::join!(open(), open(), open());
    let (one, two, _) = (one.unwrap(), two.unwrap(), three.unwrap());
    let id = one.start(&new("shop", "1.0", chain("Shop", &["qa"])), at(0)).await.unwrap().id;
    assert!(two.promotion(&id).await.unwrap().is_some());
    assert!(path.exists(), "no character of a path means anything");
    let reading = Store::open(&path, Access::ReadOnly).await.unwrap();
    assert!(reading.promotion(&id).await.unwrap().is_some());
    let written = reading.turn(&id, &person(), &stop(), at(1)).await;
    assert!(
        matches!(&written, Err(TurnError::Store(it)) if matches!(it.trouble, Trouble::ReadOnly)),
        "{written:?}"
    );
}

#[tokio::test]
async fn what_is_committed_is_on_the_disk_and_several_processes_may_read() {
    let play = Play::new().await;
    let mut writer = play.store.writer.lock().await;
    assert_eq!(writer.pragma("PRAGMA journal_mode").await.unwrap().as_deref(), Some("wal"));
    assert_eq!(writer.pragma("PRAGMA synchronous").await.unwrap().as_deref(), Some("2"));
    assert_eq!(writer.pragma("PRAGMA foreign_keys").await.unwrap().as_deref(), Some("1"));
}
