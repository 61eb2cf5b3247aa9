//! What the tests of definitions share.

use std::collections::BTreeMap;

use crate::document::{Format, Source};
use crate::flow::definition::{Checked, KnownConnection, read};
use crate::model::ConnectionName;

/// Three environments and a product, which most tests need. The product takes the flow `f`.
pub(super) const HOME: &str = "\
apiVersion: promenade/v1
kind: Environment
metadata: {name: dev}
spec: {octopus: {}}
---
apiVersion: promenade/v1
kind: Environment
metadata: {name: qa}
spec: {octopus: {}}
---
apiVersion: promenade/v1
kind: Environment
metadata: {name: prod}
spec: {octopus: {}}
---
apiVersion: promenade/v1
kind: Product
metadata: {name: shop}
spec:
  flows: [f]
  applications: [{name: web, octopus: {project: Web Shop}}]
";

/// The connections that settings name: `default` and `eu`, on one server and another.
pub(super) fn connections() -> BTreeMap<ConnectionName, KnownConnection> {
    let at = |address: &str, space: Option<&str>| KnownConnection {
        address: Some(address.to_owned()),
        space: space.map(Into::into),
    };
    BTreeMap::from([
        ("default".into(), at("https://octopus.example/", Some("Shop"))),
        ("eu".into(), at("https://eu.example", None)),
        ("same".into(), at("https://OCTOPUS.example/api", None)),
    ])
}

/// Reads files by name and text.
pub(super) fn checked(files: &[(&str, &str)]) -> Result<Checked, Vec<String>> {
    let sources: Vec<_> = files
        .iter()
        .map(|(name, text)| Source {
            name,
            bytes: text.as_bytes(),
            format: Format::of_name(name).expect("a format"),
        })
        .collect();
    read(&sources, Some(&connections())).map_err(|it| it.one_by_one().collect())
}

/// The problems of `f.yaml`, which stands next to [`HOME`].
#[track_caller]
pub(super) fn problems(text: &str) -> Vec<String> {
    checked(&[("f.yaml", text), ("home.yaml", HOME)]).expect_err("there is a problem")
}

/// A flow `f` of Codefresh with trigger `dev` and these steps, which begin on line 7.
pub(super) fn flow(steps: &str) -> String {
    format!(
        "apiVersion: codefresh.io/v1beta1\nkind: PromotionFlow\nmetadata: {{name: f}}\nspec:\n  triggerEnvironment: \
         dev\n  steps:\n{steps}"
    )
}

/// The notes of `f.yaml` with their lines and columns.
#[track_caller]
pub(super) fn notes(text: &str) -> Vec<String> {
    let checked = checked(&[("f.yaml", text), ("home.yaml", HOME)]).expect("no problem");
    let place = crate::flow::definition::spot::place;
    checked.notes.iter().map(|it| format!("{}: {}", place(&it.origin), it.message)).collect()
}
