//! Serving a router until told to stop.

use crate::DemoError;
use axum::Router;
use axum::serve::ListenerExt;
use std::future::{Future, IntoFuture};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// How long open requests may finish after the stop signal: a browser holding a connection must not hold up Ctrl-C.
const GRACE: Duration = Duration::from_secs(5);

/// Serves `router` on `listener` until `shutdown` resolves, then lets open requests finish for [`GRACE`].
pub(crate) async fn run(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), DemoError> {
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "demo server: TCP_NODELAY not set");
        }
    });
    let (stopping, stopped) = oneshot::channel::<()>();
    let server = axum::serve(listener, router).with_graceful_shutdown(async move {
        shutdown.await;
        drop(stopping);
    });
    let grace_over = async move {
        // The sender is dropped, never used: either way the wait for open requests begins here.
        if stopped.await.is_err() {
            tokio::time::sleep(GRACE).await;
        }
    };
    tokio::select! {
        done = server.into_future() => done.map_err(DemoError::io("serve")),
        () = grace_over => {
            tracing::warn!("demo server: open requests cut off after the stop signal");
            Ok(())
        }
    }
}
