//! The links of a server that is installed under a virtual directory.

use serde_json::Value;

use crate::sandbox::message::Response;

/// Prefixes the links of a JSON answer with the base path; the links between pages have it already.
pub(super) fn put_under(base: &str, response: &mut Response) {
    if let Ok(mut body) = serde_json::from_slice::<Value>(&response.body) {
        visit(base, &mut body);
        response.body = body.to_string().into_bytes();
    }
}

fn visit(base: &str, value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::Object(links)) = fields.get_mut("Links") {
                links.values_mut().for_each(|it| prefix(base, it));
            }
            fields.values_mut().for_each(|it| visit(base, it));
        }
        Value::Array(items) => items.iter_mut().for_each(|it| visit(base, it)),
        _ => {}
    }
}

fn prefix(base: &str, link: &mut Value) {
    if let Some(text) = link.as_str().filter(|it| it.starts_with("/api") || it.starts_with("/app")) {
        *link = Value::from(format!("{base}{text}"));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::sandbox::world::tests::Bench;

    #[test]
    fn a_virtual_directory_stands_before_every_path_and_link() {
        let mut bench = Bench::changed(|seed| seed["basePath"] = json!("/octopus/"));
        assert_eq!(bench.ask("GET", "/api/Spaces-1/projects", Value::Null).0, 404);
        let page = bench.get("/octopus/api/Spaces-1/projects?take=2");
        assert_eq!(page["Items"][0]["Links"]["Self"], "/octopus/api/Spaces-1/projects/Projects-1");
        let next = page["Links"]["Page.Next"].as_str().unwrap().to_owned();
        assert_eq!(bench.get(&next)["Items"].as_array().unwrap().len(), 2);
        let discovered = bench.get("/octopus/.well-known/openid-configuration");
        assert_eq!(discovered["token_endpoint"], "http://127.0.0.1:8065/octopus/token/v1");
    }
}
