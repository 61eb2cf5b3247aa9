//! Who the caller is, by key or bearer token, and whether the caller has a permission.

use jiff::Timestamp;

use crate::sandbox::message::Request;
use crate::sandbox::world::call::Call;
use crate::sandbox::world::refusal::Refusal;
use crate::sandbox::world::state::World;
use crate::sandbox::world::stored::Id;

/// The user whose credential the request carries.
///
/// # Errors
///
/// 401: there is none, it is invalid, or it has expired.
pub(super) fn authenticate(world: &World, request: &Request, now: Timestamp) -> Result<Id, Refusal> {
    let in_query = request.query.iter().find(|(name, _)| name.eq_ignore_ascii_case("apikey"));
    let key = request.header("x-octopus-apikey").or(in_query.map(|(_, key)| key.as_str()));
    if let Some(key) = key.filter(|it| !it.is_empty()) {
        let holder = world.users.iter().find(|it| it.api_keys.iter().any(|it| it == key));
        let wrong = || Refusal::unauthorised("The API key you provided was not valid.");
        return holder.map(|it| it.id.clone()).ok_or_else(wrong);
    }
    let Some(bearer) = request.header("authorization").and_then(bearer_of) else {
        return Err(Refusal::unauthorised("You must be logged in to perform this action."));
    };
    let token = world.tokens.iter().rev().find(|it| it.text == bearer);
    match token {
        Some(token) if token.expires > now => Ok(token.user.clone()),
        Some(_) => Err(Refusal::unauthorised("The access token has expired.")),
        None => Err(Refusal::unauthorised("The access token is not valid.")),
    }
}

fn bearer_of(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

impl World {
    /// Refuses a caller who lacks a permission for this project and environment (by id; empty
    /// means in general).
    ///
    /// # Errors
    ///
    /// 403, naming the permission and its scope.
    pub(super) fn demand(
        &self,
        call: &Call<'_>,
        permission: &str,
        project: &str,
        environment: &str,
    ) -> Result<(), Refusal> {
        let project = self.project(project).map_or("", |it| it.name.as_str());
        let environment = self.environment_name(environment);
        let Some(user) = self.user(&call.user) else {
            return Err(Refusal::unauthorised("You must be logged in to perform this action."));
        };
        if user.may(permission, project, environment) {
            return Ok(());
        }
        let mut scope = String::new();
        if !project.is_empty() {
            scope.push_str(&format!(" for project '{project}'"));
        }
        if !environment.is_empty() {
            scope.push_str(&format!(" in environment '{environment}'"));
        }
        Err(Refusal::forbidden(&user.username, permission, &scope))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::sandbox::world::tests::{Bench, DEVELOPER, READER};

    #[test]
    fn what_is_taken_away_from_a_user_is_missing() {
        let mut bench = Bench::new();
        let (_, made) = bench.create("Quick Shop", "1.0.0", json!({}));
        let release = format!("/api/Spaces-1/releases/{}", made["ReleaseId"].as_str().unwrap());
        bench.key = "API-SANDBOXCONTRACTORCONTRACTORC".to_owned();
        for path in [
            "/api/Spaces-1/lifecycles/Lifecycles-1",
            "/api/Spaces-1/lifecycles/all",
            "/api/Spaces-1/deploymentprocesses/deploymentprocess-Projects-1/template",
            "/api/Spaces-1/projects/Projects-1/deploymentsettings",
            &format!("{release}/deployments/preview/Environments-1"),
        ] {
            assert_eq!(bench.ask("GET", path, Value::Null).0, 403, "{path}");
        }
        assert_eq!(bench.ask("GET", &format!("{release}/progression"), Value::Null).0, 200);
        assert!(bench.get("/api/users/me/permissions")["SpacePermissions"].get("ProcessView").is_none());
        assert_eq!(bench.deploy("Quick Shop", "1.0.0", &["Development"], json!({})).0, 200);
        let deployment = bench.get("/api/Spaces-1/deployments?take=1")["Items"][0].clone();
        assert_eq!(
            (&deployment["DeployedBy"], &deployment["DeployedById"]),
            (&json!("contractor"), &json!("Users-6"))
        );
    }

    #[test]
    fn every_route_but_a_few_wants_a_credential() {
        let mut bench = Bench::new();
        for (key, status) in [("", 401), ("API-WRONG", 401), (READER, 200), (DEVELOPER, 200)] {
            bench.key = key.to_owned();
            assert_eq!(bench.ask("GET", "/api/Spaces-1/projects", Value::Null).0, status, "{key}");
            assert_eq!(bench.ask("GET", "/api/users/me", Value::Null).0, status, "{key}");
            assert_eq!(bench.ask("GET", "/api/", Value::Null).0, 200, "the root is open");
        }
        bench.key = READER.to_owned();
        let (status, refused) = bench.create("Web Shop", "9.0.0", json!({}));
        assert_eq!(status, 403);
        assert!(refused["ErrorMessage"].as_str().unwrap().contains("ReleaseCreate for project 'Web Shop'"));
        let permissions = bench.get("/api/users/me/permissions");
        assert!(permissions["SpacePermissions"]["ReleaseView"].is_array());
        assert!(permissions["SpacePermissions"]["ReleaseCreate"].is_null());
        bench.key = DEVELOPER.to_owned();
        let permissions = bench.get("/api/users/me/permissions");
        let restricted =
            &permissions["SpacePermissions"]["DeploymentCreate"][0]["RestrictedToEnvironmentIds"];
        assert!(restricted.as_array().unwrap().contains(&json!("Environments-1")), "{permissions}");
        assert_eq!(bench.ask("GET", "/api/users/Users-1/permissions", Value::Null).0, 403);
    }
}
