//! The tables, and what becomes of a store that an older or a newer promenade wrote.

use super::db::{Tx, values};
use super::error::{StoreError, Trouble};

/// The changes of the tables, the oldest first.
const MIGRATIONS: [&str; 1] = [include_str!("migrations/0001.sql")];

/// The version that this program writes: the number of migrations.
pub(super) const VERSION: i64 = MIGRATIONS.len() as i64;

/// The oldest version that a program must know to read what this one writes.
const READER: i64 = 1;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS store (
  one BIGINT PRIMARY KEY NOT NULL,
  version BIGINT NOT NULL,
  reader BIGINT NOT NULL
)";

/// Brings the tables up to this program's version, or refuses a store that it cannot read.
pub(super) async fn migrate(mut tx: Tx<'_>) -> Result<(), StoreError> {
    tx.run(TABLE, &[]).await?;
    let found = found(&mut tx).await?;
    if found >= VERSION {
        return Ok(());
    }
    for statements in MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or_default()) {
        tx.run_all(statements).await?;
    }
    let statement = "INSERT INTO store (one, version, reader) VALUES (1, $1, $2)
        ON CONFLICT (one) DO UPDATE SET version = $1, reader = $2";
    tx.run(statement, values![VERSION, READER]).await?;
    tx.commit().await
}

/// Refuses a store whose tables this program does not know, or knows only after a migration.
pub(super) async fn readable(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    let table = "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'store'";
    let known = tx.row(table, &[]).await?.is_some();
    if !known || found(tx).await? < VERSION {
        return Err(StoreError::new(tx.path(), Trouble::Older));
    }
    Ok(())
}

/// The version of the store; 0 = it has no tables yet.
pub(super) async fn found(tx: &mut Tx<'_>) -> Result<i64, StoreError> {
    let row = tx.row("SELECT version, reader FROM store WHERE one = 1", &[]).await?;
    let Some(row) = row else { return Ok(0) };
    let (version, reader) = (row.int("version")?, row.int("reader")?);
    if reader > VERSION {
        return Err(StoreError::new(tx.path(), Trouble::Newer { found: reader, known: VERSION }));
    }
    Ok(version)
}
