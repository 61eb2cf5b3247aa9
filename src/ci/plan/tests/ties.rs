//! Promotions from where the same run deploys.

use super::given::*;
use crate::ci::plan::{Plan, feeds_in_words, ties};

/// The place of the action that a promotion is tied to.
fn tied_to(plan: &Plan, promotion: usize) -> Option<usize> {
    let ties = ties(&plan.actions, |feeder, promotion, later| {
        feeds_in_words(&plan.actions, feeder, promotion, later)
    });
    ties.iter().find(|it| it.promotion == promotion).map(|it| it.feeder)
}

/// The same for all actions after the first.
fn all_ties(plan: &Plan) -> Vec<Option<usize>> {
    (1..plan.actions.len()).map(|it| tied_to(plan, it)).collect()
}

#[test]
fn a_promotion_from_where_this_run_deploys_is_tied_to_it() {
    let chain = "[deploy]\nto = ['Dev']\n%\n[[promote]]\nfrom = 'dev'\nto = ['Test']\n[[promote]]\nfrom = 'Test'\nto = ['Prod']\n\
                 [[promote]]\nfrom = 'Elsewhere'\nto = ['Prod']";
    let tied = |insert: &str| plan(&chain.replace('%', insert));
    let plan = tied("").expect("a plan");
    assert_eq!(all_ties(&plan), [Some(0), Some(1), None]);
    let error = tied("wait = false").expect_err("not waited for");
    assert!(
        error.starts_with(
            "p.toml:6:8: `from` is what \"Deploy to Dev\" deploys to, and that is not waited for"
        ),
        "{error}"
    );
    // Another event starts the deploy, so this run does not deploy there.
    let apart = tied("wait = false\nwhen = { event = 'stage-completed' }").expect("a plan");
    assert_eq!(tied_to(&apart, 1), None);
    // Its tenants have their own releases there.
    let tenants = tied("tenants = ['A']").expect("a plan");
    assert_eq!(tied_to(&tenants, 1), None);
}

#[test]
fn a_tied_promotion_may_name_the_same_version_and_no_other() {
    let named = |version: &str| {
        plan(&format!(
            "[deploy]\nto = ['a']\nversion = '1'\n[[promote]]\nfrom = 'a'\nto = ['b']\nversion = '{version}'"
        ))
    };
    assert_eq!(tied_to(&named("1").expect("a plan"), 1), Some(0));
    let error = named("2").expect_err("another version");
    assert!(error.contains("only that release can be promoted"), "{error}");
}

#[test]
fn only_deployments_that_can_share_a_tenant_are_tied() {
    let tied = |deploy: &str, promote_keys: &str| {
        let text =
            format!("[deploy]\nto = ['a']\n{deploy}\n[[promote]]\nfrom = 'a'\nto = ['b']\n{promote_keys}");
        tied_to(&plan(&text).expect("a plan"), 1) == Some(0)
    };
    let (one, same, other) = ("tenants = ['A']", "tenants = ['B', 'a']", "tenants = ['B']");
    let (all, tag) = ("tenants = ['*']", "tenant-tags = ['R/E']");
    let both = "tenants = ['B']\ntenant-tags = ['R/E']";
    for (deploy, promote, shares) in [
        ("", "", true),
        ("", one, false),
        ("", all, false),
        ("", tag, false),
        (one, "", false),
        (one, same, true),
        (one, other, false),
        (one, all, true),
        (all, other, true),
        (all, all, true),
        // Who carries a tag is known to the server alone.
        (one, tag, true),
        (tag, one, true),
        (tag, tag, true),
        (one, both, true),
        (both, one, true),
    ] {
        assert_eq!(tied(deploy, promote), shares, "deployed with [{deploy}], promoted with [{promote}]");
    }
}

#[test]
fn the_last_deployment_before_a_promotion_counts_and_none_after_it() {
    let text = "[deploy]\nto = ['a', 'b']\n[[promote]]\nfrom = 'a'\nto = ['b']\n[[promote]]\nfrom = 'b'\nto = ['c']\n\
                [[promote]]\nfrom = 'd'\nto = ['e']\n[[promote]]\nfrom = 'c'\nto = ['d']";
    let plan = plan(text).expect("a plan");
    assert_eq!(all_ties(&plan), [Some(0), Some(1), None, Some(2)]);
}

#[test]
fn a_version_that_is_not_known_before_is_not_the_one_that_a_tied_promotion_names() {
    let chain = |before: &str, version: &str| {
        plan(&format!("{before}\n[[promote]]\nfrom = 'a'\nto = ['b']\nversion = '{version}'"))
            .map(|it| tied_to(&it, it.actions.len() - 1))
    };
    let created = "[create]\nversion = '1'\n[deploy]\nto = ['a']";
    assert_eq!(chain(created, "1"), Ok(Some(1)));
    let promoted = "[[promote]]\nfrom = 'z'\nto = ['a']\nversion = '1'";
    assert_eq!(chain(promoted, "1"), Ok(Some(0)));
    let own = "[create]\nversion = '1'\nwhen = { event = 'stage-completed' }\n\
               [[promote]]\nfrom = 'z'\nto = ['a']\nonly-this-build = true";
    assert_eq!(chain(own, "1"), Ok(Some(1)));
    for (before, version) in [
        (created, "2"),
        (promoted, "2"),
        (own, "2"),
        ("[create]\n[deploy]\nto = ['a']", "1"),
        ("[deploy]\nto = ['a']", "1"),
        ("[[promote]]\nfrom = 'z'\nto = ['a']", "1"),
    ] {
        let error = chain(before, version).expect_err("not the same");
        assert!(error.contains("so only that release can be promoted"), "{before}: {error}");
    }
}
