//! Makes the pool of connections to an endpoint: TLS, proxy, the limit for connecting.

use std::time::Duration;

use reqwest::header::{ACCEPT, HeaderValue};
use reqwest::{Certificate, ClientBuilder, Identity};
use secrecy::ExposeSecret;

use super::endpoint::Endpoint;
use super::endpoint_error::EndpointError;
use super::failure;
use super::proxy::{self, Proxy};

/// A pool of connections to this endpoint.
pub(super) fn pool(endpoint: &Endpoint) -> Result<reqwest::Client, EndpointError> {
    // The first provider that was installed stays: an error says only that there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let agent = HeaderValue::from_str(&endpoint.user_agent).map_err(|_| EndpointError::UserAgent)?;
    let builder = reqwest::Client::builder()
        .user_agent(agent)
        .default_headers([(ACCEPT, HeaderValue::from_static("application/json"))].into_iter().collect())
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .connect_timeout(endpoint.connect_limit)
        // Looks at long tasks are up to a minute apart; a new handshake for each would cost more.
        .pool_idle_timeout(Duration::from_secs(90))
        .tcp_nodelay(true);
    let builder = with_proxy(builder, &endpoint.proxy)?;
    with_certificates(builder, endpoint)?.build().map_err(unbuildable)
}

fn with_proxy(builder: ClientBuilder, proxy: &Proxy) -> Result<ClientBuilder, EndpointError> {
    match proxy {
        Proxy::System => Ok(builder),
        Proxy::None => Ok(builder.no_proxy()),
        Proxy::Url(url) => {
            let proxy = reqwest::Proxy::all(proxy::parse(url)?).map_err(|_| EndpointError::Proxy)?;
            Ok(builder.proxy(proxy))
        }
    }
}

fn with_certificates(
    mut builder: ClientBuilder,
    endpoint: &Endpoint,
) -> Result<ClientBuilder, EndpointError> {
    let extra = match &endpoint.extra_ca {
        Some(pem) => authorities(pem)?,
        None => Vec::new(),
    };
    if let Some(pem) = &endpoint.client_certificate {
        let identity = Identity::from_pem(pem.expose_secret().as_bytes());
        builder = builder.identity(identity.map_err(|_| EndpointError::ClientCertificate)?);
    }
    builder = builder.tls_danger_accept_invalid_certs(!endpoint.verify_tls);
    // Without TLS the machine's authorities need not be loaded, and need not even exist. They do count
    // where the way to the proxy is encrypted and the one after it is not.
    if endpoint.url.is_encrypted() || endpoint.proxy.is_encrypted() {
        Ok(builder.tls_certs_merge(extra))
    } else {
        Ok(builder.tls_certs_only(extra))
    }
}

fn authorities(pem: &[u8]) -> Result<Vec<Certificate>, EndpointError> {
    match Certificate::from_pem_bundle(pem) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(EndpointError::ExtraCa),
    }
}

fn unbuildable(error: reqwest::Error) -> EndpointError {
    let reason = failure::innermost(&error.without_url());
    if reason.contains("No CA certificates") {
        EndpointError::NoAuthorities
    } else {
        EndpointError::Other(reason)
    }
}
