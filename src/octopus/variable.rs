//! Variables of a project, as one document that is read, changed and put back whole.
//!
//! The document stays a [`Value`]: whatever the server writes into it, known here or not, goes back as it
//! came. A sensitive variable comes without its value, and keeps it when it goes back the same way.

use serde_json::Value;

use super::id::{SpaceId, VariableSetId};
use super::paths::api;
use crate::http::Request;

/// The set with this id.
pub fn get(space: &SpaceId, set: &VariableSetId) -> Request<Value> {
    Request::get(api(&[space.as_str(), "variables", set.as_str()]))
}

/// Replaces the set with this id. The `Version` in it must be the one that was read: the server refuses
/// when someone else changed the set in between.
pub fn put(space: &SpaceId, set: &VariableSetId, document: Value) -> Request<Value> {
    Request::put(api(&[space.as_str(), "variables", set.as_str()])).json(document).or_nothing()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::http::Method;

    #[test]
    fn paths_and_bodies() {
        let space = SpaceId::new("Spaces-1").unwrap();
        let set = VariableSetId::new("variableset-Projects-21").unwrap();
        assert_eq!(get(&space, &set).target(), "/api/Spaces-1/variables/variableset-Projects-21");
        let document = json!({ "Version": 3, "variables": [null], "New": { "x": null } });
        let request = put(&space, &set, document.clone());
        assert_eq!(request.method, Method::Put);
        assert_eq!(request.target(), "/api/Spaces-1/variables/variableset-Projects-21");
        assert_eq!(request.body, Some(document));
    }
}
