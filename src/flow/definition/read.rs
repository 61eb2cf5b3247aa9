//! Reads the files of a folder into definitions, and reports every problem in them together.

use std::collections::BTreeMap;

use super::checks;
use super::definitions::{Checked, KnownConnection};
use super::documents::Documents;
use super::draft::Drafts;
use super::found::Found;
use super::made;
use crate::document::{Origin, Problem, Problems, Source};
use crate::model::ConnectionName;

/// The most files of a folder.
pub const MOST_FILES: usize = 1000;

/// The most bytes of all files of a folder: 16 MiB. One file may have 1 MiB.
pub const MOST_BYTES: usize = 16 * 1024 * 1024;

/// Reads files of definitions. `connections` are those of the settings, `default` included; `None` = they are not known,
/// so that their names are not checked.
///
/// # Errors
///
/// All problems of all files: of syntax, of single documents, and between documents.
pub fn read(
    sources: &[Source<'_>],
    connections: Option<&BTreeMap<ConnectionName, KnownConnection>>,
) -> Result<Checked, Problems> {
    within_limits(sources)?;
    let mut sources = sources.to_vec();
    sources.sort_by(|one, other| one.name.cmp(other.name));
    let mut found = Found::default();
    let documents = Documents::read(&sources, &mut found);
    checks::all(&Drafts::of(&documents), connections, &mut found);
    if found.problems.is_empty() {
        let definitions = made::definitions(&documents, &mut found);
        Problems::or(std::mem::take(&mut found.problems), ())?;
        return Ok(Checked { definitions, notes: found.notes() });
    }
    Problems::or(found.problems, Checked::default())
}

fn within_limits(sources: &[Source<'_>]) -> Result<(), Problems> {
    let bytes = sources.iter().fold(0_usize, |sum, it| sum.saturating_add(it.bytes.len()));
    let message = if sources.len() > MOST_FILES {
        format!("the folder has {} files, and at most {MOST_FILES} are read", sources.len())
    } else if bytes > MOST_BYTES {
        format!("the files have {bytes} bytes, and at most {MOST_BYTES} are read")
    } else {
        return Ok(());
    };
    let first = sources.iter().map(|it| it.name).min().unwrap_or_default();
    let origin = Origin::start_of(&first.into());
    Err(Problems::one(Problem::new(&origin, message, "check that this is the right folder")))
}
