//! Reads YAML into trees with locations, one for each document of a file.
//!
//! The reading is YAML 1.2 with its core schema. Two things are refused although YAML allows them, since the tree has no
//! place for them: keys that are not text, and tags outside of the core schema. Two more are refused since readers do
//! not agree on what they mean: a key that is given twice, and the merge key `<<` of YAML 1.1.

mod anchors;
mod builder;
mod scalar;

use std::sync::Arc;

use granit_parser::{Event, Parser};

use super::problem::Problem;
use super::tree::Node;
use builder::{Builder, DEEPEST};

/// After so many problems the rest of a file is not read.
const MOST_PROBLEMS: usize = 100;

/// Reads as much as possible, and reports every error; `file` is the text's name in locations. Blank documents are left
/// out.
pub(super) fn parse(text: &str, file: &Arc<str>) -> (Vec<Node>, Vec<Problem>) {
    let mut options = granit_parser::options! {
        emit_unresolved_aliases: true,
        flow_nesting_limit: DEEPEST,
        block_nesting_limit: DEEPEST,
    };
    options.set_emit_comments(false);
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut builder = Builder::new(text, file);
    while !builder.is_over() && builder.problem_count() < MOST_PROBLEMS {
        match parser.next_event() {
            None | Some(Ok((Event::StreamEnd, _))) => break,
            Some(Ok((event, span))) => builder.take(event, span),
            Some(Err(error)) => {
                builder.syntax(&error);
                // The documents after this one may have mistakes of their own.
                if !parser.proceed_next_document().unwrap_or_default() {
                    break;
                }
            }
        }
    }
    builder.end()
}

#[cfg(test)]
mod tests {
    mod cases;
    mod hostile;
    mod same_as_json;
}
