//! Which releases a list shows, and which page of them.

use crate::flow::admission::PromotionId;
use crate::flow::time::Time;
use crate::model::{FlowName, ProductName, ReleaseVersion};

use super::db::Value;

/// The most releases of a page.
const LARGEST_PAGE: u32 = 500;

/// Which releases a list shows. Every condition must hold; `None` and `false` are no conditions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this product.
    pub product: Option<ProductName>,
    /// Of this flow, or by hand.
    pub flow: Option<OfFlow>,
    /// With this status.
    pub status: Option<String>,
    /// Started by this person.
    pub by: Option<String>,
    /// With this version.
    pub version: Option<ReleaseVersion>,
    /// Started then or later.
    pub since: Option<Time>,
    /// Started before then.
    pub until: Option<Time>,
    /// Not ended yet.
    pub unfinished: bool,
}

/// What started a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfFlow {
    /// A flow.
    Named(FlowName),
    /// A single promotion by hand.
    Manual,
}

/// A page of a list. A page stays the same while new releases start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    size: u32,
    /// The last release of the page before.
    after: Option<(Time, String)>,
}

impl Page {
    /// The first page, with so many releases.
    #[must_use]
    pub fn first(size: u32) -> Self {
        Self { size: size.clamp(1, LARGEST_PAGE), after: None }
    }

    /// The page that a text of [`Page::cursor`] stands for; `None` = the text is not one.
    #[must_use]
    pub fn at(size: u32, cursor: &str) -> Option<Self> {
        let (at, id) = cursor.split_once('.')?;
        let at = Time::from_millis(at.parse().ok()?);
        let known = !id.is_empty() && id.bytes().all(|it| it.is_ascii_alphanumeric());
        known.then(|| Self { after: Some((at, id.to_owned())), ..Self::first(size) })
    }

    /// A text for the page, for links and flags; `None` = it is the first.
    #[must_use]
    pub fn cursor(&self) -> Option<String> {
        self.after.as_ref().map(|(at, id)| format!("{}.{id}", at.as_millis()))
    }

    pub(super) fn size(&self) -> u32 {
        self.size
    }

    pub(super) fn after(&self, at: Time, id: &PromotionId) -> Self {
        Self { size: self.size, after: Some((at, id.0.clone())) }
    }
}

impl Filter {
    /// The condition of a statement, made of constants, and its values.
    pub(super) fn condition(&self, page: &Page) -> (String, Vec<Value>) {
        let mut parts: Vec<String> = vec!["1 = 1".to_owned()];
        let mut values: Vec<Value> = Vec::new();
        let mut with = |constant: &str, value: Value| {
            values.push(value);
            parts.push(format!("{constant} ${}", values.len()));
        };
        if let Some(product) = &self.product {
            with("product =", product.as_str().into());
        }
        if let Some(OfFlow::Named(flow)) = &self.flow {
            with("flow =", flow.as_str().into());
        }
        let texts = [
            ("status =", self.status.clone()),
            ("started_by =", self.by.clone()),
            ("version =", self.version.as_ref().map(ToString::to_string)),
        ];
        for (constant, text) in texts {
            text.into_iter().for_each(|it| with(constant, it.into()));
        }
        for (constant, time) in [("started >=", self.since), ("started <", self.until)] {
            time.into_iter().for_each(|it| with(constant, it.as_millis().into()));
        }
        if self.flow == Some(OfFlow::Manual) {
            parts.push("flow IS NULL".to_owned());
        }
        if self.unfinished {
            parts.push("ended IS NULL".to_owned());
        }
        if let Some((at, id)) = &page.after {
            values.extend([at.as_millis().into(), id.into()]);
            parts.push(format!("(started, id) < (${}, ${})", values.len() - 1, values.len()));
        }
        (parts.join(" AND "), values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_travels_as_a_text_and_no_other_text_is_one() {
        let page = Page::first(20).after(Time::from_millis(17), &PromotionId("0ab".into()));
        assert_eq!(Page::at(20, &page.cursor().unwrap()), Some(page));
        assert_eq!(Page::first(20).cursor(), None);
        for text in ["", "17", "x.y", "17.", "17.a'b", "99999999999999999999.a"] {
            assert_eq!(Page::at(20, text), None, "{text}");
        }
        assert_eq!((Page::first(0).size(), Page::first(u32::MAX).size()), (1, LARGEST_PAGE));
    }

    #[test]
    fn what_users_give_is_a_value_and_never_a_part_of_the_statement() {
        let evil = "x' OR '1'='1";
        let filter = Filter {
            product: Some(evil.into()),
            flow: Some(OfFlow::Named(evil.into())),
            status: Some(evil.into()),
            by: Some(evil.into()),
            version: Some(evil.into()),
            since: Some(Time::from_millis(1)),
            until: Some(Time::from_millis(2)),
            unfinished: true,
        };
        let (condition, values) = filter.condition(&Page::first(1));
        assert!(!condition.contains('\''), "{condition}");
        assert_eq!(values.len(), 7);
        assert!(condition.ends_with("ended IS NULL"), "{condition}");
    }
}
