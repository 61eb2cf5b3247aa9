//! An open store: its connections, and what is kept of the courses that were read.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};

use tokio::sync::Mutex;

use crate::flow::course::Course;

use super::db::Db;
use super::error::StoreError;
use super::rules::Rules;

/// The most courses that are kept: some 5 to 50 KB each.
const MOST_COURSES: usize = 256;

/// An open store. Several tasks may use it concurrently; those that write wait for each other.
pub struct Store {
    pub(super) path: Arc<Path>,
    pub(super) writer: Mutex<Db>,
    pub(super) reader: Mutex<Db>,
    pub(super) courses: Courses,
    pub(super) rules: Rules,
}

impl Store {
    pub(super) fn new(path: Arc<Path>, writer: Db, reader: Db, rules: Rules) -> Self {
        let (writer, reader) = (Mutex::new(writer), Mutex::new(reader));
        Self { path, writer, reader, courses: Courses::default(), rules }
    }

    /// The file, without symbolic links.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A number that changes with every commit of any process, this one included. Its value means nothing by itself.
    ///
    /// # Errors
    ///
    /// Where the database does not answer.
    pub async fn data_version(&self) -> Result<i64, StoreError> {
        let answer = self.reader.lock().await.pragma("PRAGMA data_version").await?;
        let number = answer.and_then(|it| it.parse().ok());
        number.ok_or_else(|| StoreError::damaged(&self.path, "it has no data version"))
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("path", &self.path).finish_non_exhaustive()
    }
}

/// Courses by the ids of their promotions. A course never changes, so what was read once is right for good.
#[derive(Default)]
pub(super) struct Courses(StdMutex<BTreeMap<String, Arc<Course>>>);

impl Courses {
    pub(super) fn get(&self, id: &str) -> Option<Arc<Course>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    pub(super) fn keep(&self, id: &str, course: &Arc<Course>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_COURSES {
            kept.clear();
        }
        kept.insert(id.to_owned(), Arc::clone(course));
    }
}
