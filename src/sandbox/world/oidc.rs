//! The token exchange for service accounts: a CI server's token in, a short-lived bearer token out.

use jiff::SignedDuration;
use percent_encoding::percent_decode_str;
use serde_json::json;

use crate::sandbox::message::Response;
use crate::sandbox::world::accounts::Token;
use crate::sandbox::world::call::{Answer, Call};
use crate::sandbox::world::refusal::Refusal;
use crate::sandbox::world::state::World;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const SUBJECT_TYPE: &str = "urn:ietf:params:oauth:token-type:jwt";

/// `GET /.well-known/openid-configuration`: addresses under the host that the request names.
pub(super) fn discovery(world: &mut World, call: &Call<'_>) -> Answer {
    let host = call.request.header("host").unwrap_or("localhost");
    let scheme = call.request.header("x-forwarded-proto").unwrap_or("http");
    let base = format!("{scheme}://{host}{}", world.base_path);
    Ok(Response::json(200, &json!({ "issuer": base, "token_endpoint": format!("{base}/token/v1") })))
}

/// `POST` to the token endpoint, as JSON or as a form.
pub(super) fn exchange(world: &mut World, call: &Call<'_>) -> Answer {
    let fields = fields(call)?;
    let field = |name: &str| fields.iter().find(|(it, _)| it == name).map_or("", |(_, value)| value.as_str());
    if field("grant_type") != GRANT {
        return Ok(refused("unsupported_grant_type", &format!("The grant_type must be {GRANT}.")));
    }
    if field("subject_token_type") != SUBJECT_TYPE {
        return Ok(refused("invalid_request", &format!("The subject_token_type must be {SUBJECT_TYPE}.")));
    }
    let accounts = world.users.iter().filter_map(|it| Some((it.id.clone(), it.oidc.clone()?)));
    let Some((user, account)) = accounts.into_iter().find(|(_, it)| it.audience == field("audience")) else {
        return Ok(refused("invalid_request", "There is no service account for this audience."));
    };
    if !account.subject_tokens.iter().any(|it| it == field("subject_token")) {
        return Ok(refused("invalid_request", "The subject token is not accepted for this service account."));
    }
    let lifetime = account.token_lifetime.0;
    let span = SignedDuration::try_from_secs_f64(lifetime).unwrap_or_default();
    let number = world.mint("Tokens").replace("Tokens-", "");
    let text = format!("eyJhbGciOiJub25lIn0.{}.{number}", user.replace('-', ""));
    let expires = call.now.checked_add(span).unwrap_or(call.now);
    world.tokens.push(Token { text: text.clone(), user, expires });
    let seconds = lifetime.ceil();
    let expires_in = if account.numeric_expiry { json!(seconds as u64) } else { json!(seconds.to_string()) };
    Ok(Response::json(
        200,
        &json!({
            "access_token": text,
            "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
            "token_type": "Bearer",
            "expires_in": expires_in,
        }),
    ))
}

fn refused(error: &str, description: &str) -> Response {
    Response::json(400, &json!({ "error": error, "error_description": description }))
}

fn fields(call: &Call<'_>) -> Result<Vec<(String, String)>, Refusal> {
    let is_form =
        call.request.header("content-type").is_some_and(|it| it.starts_with("application/x-www-form"));
    if !is_form {
        return Ok(call.body()?.pairs());
    }
    let text = String::from_utf8_lossy(&call.request.body).replace('+', " ");
    let decode = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
    Ok(text
        .split('&')
        .filter_map(|it| it.split_once('='))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{GRANT, SUBJECT_TYPE};
    use crate::sandbox::message::Request;
    use crate::sandbox::world::tests::{Bench, start};

    /// Sends a request with this header instead of a key.
    fn with_bearer(bench: &mut Bench, token: &str) -> u16 {
        let headers = vec![("authorization".to_owned(), format!("Bearer {token}"))];
        let (method, path) = ("GET".to_owned(), "/api/users/me".to_owned());
        let request = Request { method, path, query: Vec::new(), headers, body: Vec::new() };
        bench.world.respond(&request, bench.now).status
    }

    #[test]
    fn a_token_is_exchanged_holds_for_its_time_and_then_no_more() {
        let mut bench = Bench::new();
        let discovered = bench.get("/.well-known/openid-configuration");
        assert_eq!(discovered["token_endpoint"], "http://127.0.0.1:8065/token/v1");
        let mut request = json!({
            "grant_type": GRANT,
            "audience": "1c0f7e2a-5a0f-4a1e-9f0e-5c2f8f3b1d77",
            "subject_token": "sandbox-subject-token",
            "subject_token_type": SUBJECT_TYPE,
        });
        let (status, answer) = bench.ask("POST", "/token/v1", request.clone());
        assert_eq!(status, 200, "{answer}");
        assert_eq!(answer["token_type"], "Bearer");
        assert_eq!(answer["expires_in"], "3600");
        let token = answer["access_token"].as_str().unwrap().to_owned();
        assert_eq!(with_bearer(&mut bench, &token), 200);
        bench.pass(3599);
        assert_eq!(with_bearer(&mut bench, &token), 200);
        bench.pass(1);
        assert_eq!(with_bearer(&mut bench, &token), 401);

        request["subject_token"] = json!("another");
        let (status, refused) = bench.ask("POST", "/api/token/v1", request.clone());
        assert_eq!(status, 400);
        assert_eq!(refused["error"], "invalid_request");
        request["subject_token"] = json!("sandbox-subject-token");
        request["audience"] = json!("nobody");
        assert_eq!(bench.ask("POST", "/token/v1", request.clone()).0, 400);
        request["audience"] = json!("2d1f8f3b-6b10-4b2f-8a1f-6d3f904c2e88");
        assert_eq!(
            bench.ask("POST", "/token/v1", request).1["expires_in"],
            3,
            "a number, in the other reading"
        );
    }

    #[test]
    fn the_exchange_also_takes_a_form() {
        let mut bench = Bench::new();
        let body = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&audience=1c0f7e2a-5a0f-4a1e-9f0e-5c2f8f3b1d77\
                    &subject_token=sandbox-subject-token&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt";
        let headers = vec![("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())];
        let (method, path) = ("POST".to_owned(), "/token/v1".to_owned());
        let request = Request { method, path, query: Vec::new(), headers, body: body.as_bytes().to_vec() };
        assert_eq!(bench.world.respond(&request, start()).status, 200);
    }
}
