//! HTTP as the clients of all APIs need it; imports nothing from promenade.
//!
//! An [`Endpoint`] says where a server is and how it is reached: address, proxy, certificate authorities, client
//! certificate, limits. A [`Request`] is one call as a value, with the type of its answer. A [`Client`] sends it once
//! and gives the answer as it came, as a [`Raw`], or the [`SendError`] that came in its place. A request that may be sent
//! only under a condition is sent with a [`Leave`].
//!
//! What is left to the API's own client: the header with the credential, what each status and each refusal means, and
//! which requests may be sent again. For that there are [`Client::ready`], which waits for the rate limit,
//! [`Hold`], by which an API with a rate limit of its own form says how long that is, and [`Backoff`].

mod moment;
mod request;
mod server_url;

mod endpoint;
mod endpoint_error;
mod proxy;

mod connect_error;
mod error;
mod excerpt;
mod failure;

mod client;
mod connector;
mod gate;
mod leave;
mod limiter;
mod raw;
mod retry;
mod transport;

pub use client::{Client, HoldReader};
pub use connect_error::ConnectError;
pub use endpoint::Endpoint;
pub use endpoint_error::EndpointError;
pub use error::SendError;
pub use excerpt::excerpt;
pub use leave::Leave;
pub use limiter::{Closed, Hold, Limiter};
pub use moment::after;
pub use proxy::Proxy;
pub use raw::Raw;
pub use request::{Method, Request, path};
pub use retry::Backoff;
pub use server_url::ServerUrl;
