//! Collections: the envelope around a page of items, and the links from page to page.

use serde_json::{Value, json};

use crate::sandbox::world::call::Call;

/// How many items a page has by default.
const DEFAULT_TAKE: usize = 30;

/// The page that `skip` and `take` of the query ask for, in the server's envelope.
///
/// Only the items of the page are rendered, so that a long history costs little to page through.
pub(super) fn page<T>(call: &Call<'_>, item_type: &str, all: &[T], render: impl Fn(&T) -> Value) -> Value {
    let skip = call.number("skip").unwrap_or(0);
    let take = call.number("take").filter(|it| *it > 0).unwrap_or(DEFAULT_TAKE);
    let total = all.len();
    let items: Vec<Value> = all.iter().skip(skip).take(take).map(render).collect();
    let pages = total.div_ceil(take).max(1);
    let link = |skip: usize| format!("{}?skip={skip}&take={take}{}", call.request.path, other_filters(call));
    let mut links = json!({
        "Self": link(skip),
        "Template": format!("{}{{?skip,take}}", call.request.path),
        "Page.All": format!("{}?skip=0&take=2147483647", call.request.path),
        "Page.Current": link(skip),
        "Page.Last": link((pages - 1).saturating_mul(take)),
    });
    if skip.saturating_add(take) < total {
        links["Page.Next"] = json!(link(skip + take));
    }
    json!({
        "ItemType": item_type,
        "TotalResults": total,
        "ItemsPerPage": take,
        "NumberOfPages": pages,
        "LastPageNumber": pages - 1,
        "Items": items,
        "Links": links,
    })
}

/// The caller's filters, so that a followed link keeps them.
fn other_filters(call: &Call<'_>) -> String {
    let paging = |name: &str| name.eq_ignore_ascii_case("skip") || name.eq_ignore_ascii_case("take");
    let mut text = String::new();
    for (name, value) in call.request.query.iter().filter(|(name, _)| !paging(name)) {
        let value = percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC);
        text.push_str(&format!("&{name}={value}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use crate::sandbox::world::tests::Bench;

    #[test]
    fn a_page_says_how_many_there_are_and_where_the_next_is() {
        let mut bench = Bench::new();
        let first = bench.get("/api/Spaces-1/projects?take=5");
        let total = first["TotalResults"].as_u64().unwrap();
        assert_eq!(first["LastPageNumber"].as_u64(), Some(total.div_ceil(5) - 1));
        let mut seen = first["Items"].as_array().unwrap().len() as u64;
        let mut next = first["Links"]["Page.Next"].as_str().map(str::to_owned);
        while let Some(link) = next {
            let page = bench.get(&link);
            seen += page["Items"].as_array().unwrap().len() as u64;
            next = page["Links"]["Page.Next"].as_str().map(str::to_owned);
        }
        assert_eq!(seen, total);
        let all = bench.get("/api/Spaces-1/projects?skip=0&take=2147483647");
        assert_eq!(all["Items"].as_array().unwrap().len() as u64, total);
    }
}
