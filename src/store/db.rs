//! One connection to the database: transactions, statements, rows.
//!
//! The statements are written so that SQLite and PostgreSQL take the same text: `$1` for arguments, TEXT and BIGINT,
//! `ON CONFLICT`, `RETURNING`, and no function that only one of them has.

use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::any::{AnyConnectOptions, AnyRow};
use sqlx::{Any, AnyConnection, AssertSqlSafe, ConnectOptions, Connection, Row as _, Transaction};

use super::error::{StoreError, Trouble};

/// Is asked before each statement, `BEGIN` and `COMMIT` included, and may refuse it.
pub(super) type Watch = Arc<dyn Fn(&str) -> Result<(), Trouble> + Send + Sync>;

/// A watch that logs statements and refuses none.
pub(super) fn watch() -> Watch {
    Arc::new(|statement| {
        tracing::trace!(statement, "store");
        Ok(())
    })
}

/// How a connection is made, also a second time.
#[derive(Clone)]
pub(super) struct How {
    /// Where the database is.
    pub(super) address: String,
    /// The file of the store, for errors.
    pub(super) path: Arc<Path>,
    /// The statement that begins a transaction.
    pub(super) begin: &'static str,
    /// Statements that each new connection starts with.
    pub(super) settings: &'static [&'static str],
    pub(super) watch: Watch,
}

/// A connection.
pub(super) struct Db {
    connection: AnyConnection,
    how: How,
    /// Whether a statement of a transaction failed. A full disk, among others, ends the transaction without the driver's
    /// notice, and it takes no further one on that connection.
    failed: Arc<AtomicBool>,
}

impl Db {
    /// Connects.
    pub(super) async fn connect(how: How) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let failed = |it| StoreError::new(&how.path, Trouble::of_database(it));
        // The watch logs statements. The driver's own log would warn of a slow disk in the middle of a user's output.
        let options = AnyConnectOptions::from_str(&how.address).map_err(failed)?.disable_statement_logging();
        let connection = options.connect().await.map_err(failed)?;
        let mut db = Self { connection, how, failed: Arc::default() };
        for setting in db.how.settings {
            db.pragma(setting).await?;
        }
        Ok(db)
    }

    /// Runs a statement that belongs to no transaction, and returns the first value of its first row as a text.
    pub(super) async fn pragma(&mut self, statement: &'static str) -> Result<Option<String>, StoreError> {
        let failed = |it| StoreError::new(&self.how.path, it);
        (self.how.watch)(statement).map_err(failed)?;
        let row = sqlx::query(statement).fetch_optional(&mut self.connection).await;
        let row = row.map_err(|it| failed(Trouble::of_database(it)))?;
        Ok(row.and_then(|row| {
            let number = |row: &AnyRow| row.try_get::<i64, _>(0).ok().map(|it| it.to_string());
            row.try_get::<String, _>(0).ok().or_else(|| number(&row))
        }))
    }

    /// Begins a transaction. One that is dropped changes nothing.
    pub(super) async fn begin(&mut self) -> Result<Tx<'_>, StoreError> {
        if self.failed.load(Ordering::Relaxed) {
            *self = Self::connect(self.how.clone()).await?;
        }
        let (path, watch) = (Arc::clone(&self.how.path), Arc::clone(&self.how.watch));
        let failed = Failed { path, flag: Arc::clone(&self.failed) };
        watch(self.how.begin).map_err(|it| failed.because(it))?;
        let begun = self.connection.begin_with(self.how.begin).await;
        let inner = begun.map_err(|it| failed.by(it))?;
        Ok(Tx { inner, failed, watch })
    }
}

/// Makes errors of a transaction, and remembers that there was one.
struct Failed {
    path: Arc<Path>,
    flag: Arc<AtomicBool>,
}

impl Failed {
    fn because(&self, trouble: Trouble) -> StoreError {
        self.flag.store(true, Ordering::Relaxed);
        StoreError::new(&self.path, trouble)
    }

    fn by(&self, error: sqlx::Error) -> StoreError {
        self.because(Trouble::of_database(error))
    }
}

/// A transaction.
pub(super) struct Tx<'c> {
    inner: Transaction<'c, Any>,
    failed: Failed,
    watch: Watch,
}

impl Tx<'_> {
    /// The file of the store, for errors.
    pub(super) fn path(&self) -> &Path {
        &self.failed.path
    }

    /// The rows that a statement returns.
    pub(super) async fn rows(&mut self, statement: &str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        (self.watch)(statement).map_err(|it| self.failed.because(it))?;
        let rows = query(statement, values).fetch_all(&mut *self.inner).await;
        let rows = rows.map_err(|it| self.failed.by(it))?;
        Ok(rows.into_iter().map(|row| Row { row, path: Arc::clone(&self.failed.path) }).collect())
    }

    /// The first row that a statement returns.
    pub(super) async fn row(&mut self, statement: &str, values: &[Value]) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(statement, values).await?.into_iter().next())
    }

    /// The number of rows that a statement changed.
    pub(super) async fn run(&mut self, statement: &str, values: &[Value]) -> Result<u64, StoreError> {
        (self.watch)(statement).map_err(|it| self.failed.because(it))?;
        let done = query(statement, values).execute(&mut *self.inner).await;
        done.map(|it| it.rows_affected()).map_err(|it| self.failed.by(it))
    }

    /// Runs several statements without arguments.
    pub(super) async fn run_all(&mut self, statements: &'static str) -> Result<(), StoreError> {
        for statement in statements.split(";\n").map(str::trim).filter(|it| !it.is_empty()) {
            self.run(statement, &[]).await?;
        }
        Ok(())
    }

    /// Makes everything durable. After an error nobody knows whether it is: look.
    pub(super) async fn commit(self) -> Result<(), StoreError> {
        (self.watch)("COMMIT").map_err(|it| self.failed.because(it))?;
        self.inner.commit().await.map_err(|it| self.failed.by(it))?;
        (self.watch)("committed").map_err(|it| self.failed.because(it))
    }
}

/// The statements are made from constants; values only ever travel as arguments.
fn query<'q>(statement: &str, values: &[Value]) -> sqlx::query::Query<'q, Any, sqlx::any::AnyArguments> {
    let query = sqlx::query(AssertSqlSafe(statement.to_owned()));
    values.iter().cloned().fold(query, |query, value| match value {
        Value::Text(text) => query.bind(text),
        Value::Int(number) => query.bind(number),
    })
}

/// An argument of a statement.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Text(Option<String>),
    Int(Option<i64>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(Some(text))
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(Some(text.clone()))
    }
}

impl From<Option<String>> for Value {
    fn from(text: Option<String>) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(Some(number))
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Int(Some(number.into()))
    }
}

impl From<Option<i64>> for Value {
    fn from(number: Option<i64>) -> Self {
        Self::Int(number)
    }
}

/// The arguments of a statement.
macro_rules! values {
    ($($value:expr),* $(,)?) => { &[$($crate::store::db::Value::from($value)),*] };
}
pub(super) use values;

/// A row of an answer. A column of another type than asked for is damage.
pub(super) struct Row {
    row: AnyRow,
    path: Arc<Path>,
}

impl Row {
    pub(super) fn text(&self, column: &str) -> Result<String, StoreError> {
        self.row.try_get(column).map_err(|it| self.damaged(column, &it))
    }

    pub(super) fn maybe_text(&self, column: &str) -> Result<Option<String>, StoreError> {
        self.row.try_get(column).map_err(|it| self.damaged(column, &it))
    }

    pub(super) fn int(&self, column: &str) -> Result<i64, StoreError> {
        self.row.try_get(column).map_err(|it| self.damaged(column, &it))
    }

    pub(super) fn maybe_int(&self, column: &str) -> Result<Option<i64>, StoreError> {
        self.row.try_get(column).map_err(|it| self.damaged(column, &it))
    }

    /// A number that counts, such as that of an attempt.
    pub(super) fn count(&self, column: &str) -> Result<u32, StoreError> {
        let number = self.int(column)?;
        u32::try_from(number)
            .map_err(|_| StoreError::damaged(&self.path, format!("column {column}: {number} is not a count")))
    }

    fn damaged(&self, column: &str, error: &sqlx::Error) -> StoreError {
        StoreError::damaged(&self.path, format!("column {column}: {error}"))
    }
}

/// A value as the store writes it.
pub(super) fn json(tx: &Tx<'_>, value: &impl serde::Serialize) -> Result<String, StoreError> {
    let text = serde_json::to_string(value);
    text.map_err(|it| StoreError::damaged(tx.path(), format!("it cannot be written: {it}")))
}
