//! Reads a promotion: what never changes, and where it stands.

use std::sync::Arc;

use crate::flow::course::Course;
use crate::flow::promotion::{Event, Promotion};
use crate::flow::time::Time;

use super::db::{Row, Tx, values};
use super::error::StoreError;
use super::handle::Courses;
use super::rules::guarded;

/// The layout of the cached state. A state of another layout is folded again from the journal.
pub(super) const FORM: i64 = 1;

/// A promotion's row.
#[derive(Debug, Clone)]
pub(super) struct Head {
    pub(super) id: String,
    pub(super) product: String,
    pub(super) nr: i64,
    pub(super) version: String,
    pub(super) seq: i64,
    pub(super) trouble: Option<String>,
}

impl Head {
    /// Its name for people.
    pub(super) fn title(&self) -> String {
        format!("{} {}", self.product, self.nr)
    }
}

/// A promotion as a turn finds it.
pub(super) struct Loaded {
    pub(super) head: Head,
    pub(super) course: Arc<Course>,
    pub(super) promotion: Promotion,
}

/// What stands in the way of reading a promotion.
pub(super) enum Unreadable {
    /// The database.
    Store(StoreError),
    /// The text of this promotion: its own trouble.
    Poison(String),
}

impl From<StoreError> for Unreadable {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// The promotion's row; `None` = there is no such promotion.
pub(super) async fn head(tx: &mut Tx<'_>, id: &str) -> Result<Option<Head>, StoreError> {
    let statement = "SELECT product, nr, version, seq, trouble FROM promotion WHERE id = $1";
    let row = tx.row(statement, values![id]).await?;
    let read = |row: Row| {
        Ok(Head {
            id: id.to_owned(),
            product: row.text("product")?,
            nr: row.int("nr")?,
            version: row.text("version")?,
            seq: row.int("seq")?,
            trouble: row.maybe_text("trouble")?,
        })
    };
    row.map(read).transpose()
}

/// The course, from memory if it was read before.
pub(super) async fn course(tx: &mut Tx<'_>, courses: &Courses, id: &str) -> Result<Arc<Course>, Unreadable> {
    if let Some(course) = courses.get(id) {
        return Ok(course);
    }
    let row = tx.row("SELECT course FROM frozen WHERE promotion = $1", values![id]).await?;
    let text = row.ok_or_else(|| Unreadable::Poison("its course is missing".to_owned()))?.text("course")?;
    let course = serde_json::from_str::<Course>(&text);
    let course =
        Arc::new(course.map_err(|it| Unreadable::Poison(format!("its course cannot be read: {it}")))?);
    courses.keep(id, &course);
    Ok(course)
}

/// Where the promotion stands: the cached state if it is of the journal's last line, otherwise the fold.
pub(super) async fn loaded(tx: &mut Tx<'_>, courses: &Courses, head: Head) -> Result<Loaded, Unreadable> {
    let course = course(tx, courses, &head.id).await?;
    let statement = "SELECT text FROM state WHERE promotion = $1 AND seq = $2 AND form = $3";
    let row = tx.row(statement, values![&head.id, head.seq, FORM]).await?;
    let text = row.map(|it| it.text("text")).transpose()?;
    let cached = text.and_then(|it| serde_json::from_str::<Promotion>(&it).ok());
    let promotion = match cached {
        Some(promotion) => promotion,
        None => fold(&course, &journal(tx, &head.id).await?)?,
    };
    Ok(Loaded { head, course, promotion })
}

/// A line of the journal as it is needed to fold.
pub(super) struct Line {
    pub(super) seq: i64,
    pub(super) at: Time,
    pub(super) event: Event,
    pub(super) mark: Option<i64>,
}

/// All lines of a journal.
pub(super) async fn journal(tx: &mut Tx<'_>, id: &str) -> Result<Vec<Line>, Unreadable> {
    let statement = "SELECT seq, at, event, mark FROM journal WHERE promotion = $1 ORDER BY seq";
    let mut lines = Vec::new();
    for row in tx.rows(statement, values![id]).await? {
        let (seq, text) = (row.int("seq")?, row.text("event")?);
        let event = serde_json::from_str(&text);
        let event = event.map_err(|it| Unreadable::Poison(format!("line {seq} of its journal: {it}")))?;
        lines.push(Line { seq, at: Time::from_millis(row.int("at")?), event, mark: row.maybe_int("mark")? });
    }
    Ok(lines)
}

/// Where the lines lead to.
pub(super) fn fold(course: &Course, lines: &[Line]) -> Result<Promotion, Unreadable> {
    if lines.is_empty() {
        return Err(Unreadable::Poison("its journal is empty".to_owned()));
    }
    let events = || lines.iter().map(|it| (it.at, &it.event));
    guarded(|| Promotion::fold(course, events())).map_err(Unreadable::Poison)
}
