//! A lost answer on a server whose lists do not say what was asked of a deployment.

use promenade::sandbox::{CarryOut, Fault, Script};
use serde_json::json;

use crate::support::shop::{Shop, build};

fn loses_the_answer(shop: &Shop) {
    let fault = Fault::Reset { carry_out: CarryOut::Yes };
    shop.sandbox.script(Script::on("POST", "/deployments($|/create/)", fault).expect("an expression"));
}

#[test]
fn what_a_lost_request_made_is_found_by_its_own_document_where_lists_are_short() {
    let shop = Shop::changed(|seed| seed["listItems"] = json!("short"));
    loses_the_answer(&shop);
    let settings = "[deploy]\nversion = \"1.4.6\"\nto = [\"Development\"]\nmachines = [\"dev-01\"]";
    shop.handle("Web Shop", settings, &build("1")).passes();
    assert_eq!(shop.deployments().len(), 1, "with this build's marker");

    let shop = Shop::changed(|seed| seed["listItems"] = json!("short"));
    loses_the_answer(&shop);
    let run = ["deploy", "--project", "Web Shop", "--version", "1.4.6", "--to", "Development"];
    shop.run(&[&run[..], &["--machine", "dev-01"]].concat()).passes();
    assert_eq!(shop.deployments().len(), 1, "without a build");
}

#[test]
fn where_no_comment_is_shown_nothing_is_sent_again() {
    let shop = Shop::changed(|seed| seed["listItems"] = json!("short"));
    loses_the_answer(&shop);
    let lacking = Fault::Lacking { fields: vec!["Comments".to_owned()], blank: false };
    shop.sandbox.script(Script::on("GET", "/deployments", lacking).expect("an expression").for_ever());
    let settings =
        "[deploy]\nversion = \"1.4.6\"\nto = [\"Development\"]\nmachines = [\"dev-01\"]\nnotes = \"n\"";
    shop.handle("Web Shop", settings, &build("1")).ends(4);
    assert_eq!(shop.deployments().len(), 1);
}
