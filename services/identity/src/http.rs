//! Talking to issuers: short patience, no redirects, bounded answers.

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// How long to wait for a connection.
const CONNECT: Duration = Duration::from_secs(3);
/// How long one request may take in all.
const TOTAL: Duration = Duration::from_secs(5);
/// Metadata, key sets and tokens are a few kilobytes.
const MAX_BODY: usize = 512 * 1024;

/// The HTTP client of this room.
pub(crate) struct Http(reqwest::Client);

/// No usable answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    /// No connection, no answer in time, or plain HTTP where it is not allowed.
    #[error(transparent)]
    Request(#[from] reqwest::Error),
    /// The server (or a proxy before it) says that it cannot.
    #[error("status {0}")]
    Status(u16),
    /// Far more than any such answer holds.
    #[error("answer larger than {MAX_BODY} bytes")]
    TooLarge,
    /// Headers that are none.
    #[error("malformed answer")]
    Malformed,
}

impl Http {
    /// A client that follows nothing and takes no proxy from the environment; `plain` allows `http://` (demo and tests).
    pub(crate) fn new(plain: bool) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT)
            .timeout(TOTAL)
            .https_only(!plain)
            .no_proxy()
            .user_agent("tomoshibi")
            .build()?;
        Ok(Self(client))
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let mut answer = self.0.execute(request.try_into()?).await?;
        let status = answer.status();
        if status.is_server_error() || status.as_u16() == 429 {
            return Err(HttpError::Status(status.as_u16()));
        }
        let mut builder = openidconnect::http::Response::builder().status(status);
        for (name, value) in answer.headers() {
            builder = builder.header(name, value);
        }
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await? {
            if body.len() + piece.len() > MAX_BODY {
                return Err(HttpError::TooLarge);
            }
            body.extend_from_slice(&piece);
        }
        builder.body(body).map_err(|_| HttpError::Malformed)
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}
