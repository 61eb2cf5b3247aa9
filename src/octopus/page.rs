//! The envelope around a list.

use serde::Deserialize;

/// One page of a list. Lists are asked for with a `take` that holds everything or, where the newest few
/// are enough, with a small one; so pages are not followed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Page<T> {
    /// The items of this page. An answer without this list is not an answer: `{}` must not be taken for
    /// "nothing is there".
    pub items: Vec<T>,
    /// How many items match in all; absent from some servers' shorter lists.
    #[serde(default)]
    pub total_results: Option<u64>,
}

impl<T> Page<T> {
    /// True when the server knows of more items than this page holds.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.total_results.is_some_and(|total| total > self.items.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::Page;

    #[test]
    fn an_answer_without_items_is_refused() {
        assert!(crate::octopus::read::<Page<String>>(b"{}").is_err());
    }

    #[test]
    fn a_cut_page_says_so() {
        let page: Page<String> = crate::octopus::read(br#"{"TotalResults":2,"Items":["a"]}"#).unwrap();
        assert!(page.is_cut());
        let page: Page<String> = crate::octopus::read(br#"{"Items":["a"]}"#).unwrap();
        assert!(!page.is_cut());
    }
}
