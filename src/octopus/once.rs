//! A request that must not be carried out twice.

use std::fmt;

use serde_json::Value;

use crate::http::Request;

/// A request that deploys: carried out twice, it deploys twice, and the server cannot recognise the second one. Only
/// [`Client::send_once`](super::Client::send_once) sends it, which asks for leave. To send it in another
/// way is not possible:
///
/// ```compile_fail
/// # use promenade::octopus::{Client, Once, after};
/// async fn deploy(client: &Client, request: &Once<()>) {
///     let until = after(tokio::time::Instant::now(), std::time::Duration::from_secs(30));
///     client.send(request, until).await;
/// }
/// ```
#[must_use = "a request does nothing until a client sends it"]
pub struct Once<A>(pub(super) Request<A>);

impl<A> Once<A> {
    /// The JSON body. It may hold the value of a prompted variable that is secret.
    #[must_use]
    pub fn body(&self) -> Option<&Value> {
        self.0.body.as_ref()
    }

    /// The path and the encoded query, as they follow the server's base path.
    #[must_use]
    pub fn target(&self) -> String {
        self.0.target()
    }
}

impl<A> fmt::Debug for Once<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
