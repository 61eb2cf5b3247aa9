//! Names of releases on the command line: `PRODUCT NUMBER`, `PRODUCT/NUMBER`, or `PRODUCT latest`.

use clap::{Arg, ArgMatches};
use promenade::ci::names::unknown;
use promenade::model::ProductName;
use promenade::store::{Store, Whole};

use crate::cli::refusal::{Refusal, Unready};

/// What stands for a product's newest release.
const LATEST: &str = "latest";

/// The two arguments that name a release.
pub(super) fn arguments() -> [Arg; 2] {
    [
        Arg::new("product").required(true).value_name("PRODUCT").help("The product, or `PRODUCT/NUMBER`"),
        Arg::new("number").value_name("NUMBER").help("The number of the release, or `latest`"),
    ]
}

/// The third argument of a command about a part of a release. `PRODUCT/NUMBER` moves it to the second place.
pub(super) fn subject(value: &'static str, help: &'static str) -> Arg {
    Arg::new(SUBJECT).value_name(value).help(help)
}

const SUBJECT: &str = "subject";

/// The words that name a release, and the one that names a part of it.
struct Words<'a> {
    product: &'a str,
    number: Option<&'a str>,
    subject: Option<&'a str>,
}

impl<'a> Words<'a> {
    fn of(matches: &'a ArgMatches) -> Self {
        let text = |name: &str| matches.try_get_one::<String>(name).ok().flatten().map(String::as_str);
        let product = text("product").unwrap_or_default();
        let has_subject = matches.try_contains_id(SUBJECT).is_ok();
        match (text("number"), text(SUBJECT)) {
            (second, None) if has_subject => Self { product, number: None, subject: second },
            (number, subject) => Self { product, number, subject },
        }
    }
}

/// The part of a release that the command line names.
///
/// # Errors
/// It names none.
pub(super) fn part(matches: &ArgMatches) -> Result<&str, Refusal> {
    Words::of(matches).subject.ok_or_else(|| {
        let message = "the part of the release that the command is about is missing";
        Refusal::new(message, "write it behind the number of the release")
    })
}

/// A release as the command line names it.
#[derive(Debug, PartialEq, Eq)]
struct Named {
    product: String,
    /// `None` = the newest one.
    number: Option<u64>,
}

impl Named {
    fn read(product: &str, number: Option<&str>) -> Result<Self, Refusal> {
        let (product, number) = match number {
            Some(number) => (product, number),
            None => product.rsplit_once('/').ok_or_else(|| {
                let message = format!("`{product}` has no number");
                Refusal::new(message, "write `PRODUCT NUMBER`, `PRODUCT/NUMBER` or `PRODUCT latest`")
            })?,
        };
        let product = product.to_owned();
        if number == LATEST {
            return Ok(Self { product, number: None });
        }
        let number = number.parse().map_err(|_| {
            let message = format!("`{number}` is not the number of a release");
            Refusal::new(message, "write a whole number, or `latest`")
        })?;
        Ok(Self { product, number: Some(number) })
    }
}

/// The release that the command line names.
///
/// # Errors
/// There is no such release, or the store cannot be read.
pub(super) async fn find(matches: &ArgMatches, store: &Store) -> Result<Whole, Unready> {
    let words = Words::of(matches);
    let named = Named::read(words.product, words.number)?;
    let products = store.products().await.map_err(unreadable)?;
    let Some(product) = products.iter().find(|it| it.as_str() == named.product) else {
        let known: Vec<&str> = products.iter().map(ProductName::as_str).collect();
        return Err(Refusal::from(unknown("product with releases", &named.product, &known)).into());
    };
    let newest = store.newest_number(product).await.map_err(unreadable)?.unwrap_or_default();
    let number = named.number.unwrap_or(newest);
    let found = store.release(product, number).await.map_err(unreadable)?;
    found.ok_or_else(|| {
        let message = format!("{product} has no release {number}");
        Refusal::new(message, format!("its newest one is {newest}")).into()
    })
}

/// The store could not be read.
pub(super) fn unreadable(error: promenade::store::StoreError) -> Unready {
    let advice = error.advice().unwrap_or_default();
    Refusal::new(error.to_string(), advice).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_named_by_product_and_number_in_three_ways() {
        let named = |product: &str, number: Option<&str>| Named::read(product, number).ok();
        let is = |product: &str, number: Option<u64>| Some(Named { product: product.to_owned(), number });
        assert_eq!(named("shop", Some("12")), is("shop", Some(12)));
        assert_eq!(named("shop/12", None), is("shop", Some(12)));
        assert_eq!(named("a/b/12", None), is("a/b", Some(12)));
        assert_eq!(named("shop", Some("latest")), is("shop", None));
        assert_eq!(named("shop/latest", None), is("shop", None));
        for (product, number) in [("shop", None), ("shop", Some("x")), ("shop", Some("-1")), ("shop/", None)]
        {
            assert_eq!(named(product, number), None, "{product} {number:?}");
        }
        assert_eq!(named("shop", Some("99999999999999999999999")), None);
    }
}
