//! Serving HTTP until the process is told to stop.

use std::{io, net::SocketAddr, time::Duration};

use axum::{Router, serve::ListenerExt};
use tokio::{net::TcpListener, sync::watch};

use crate::sync::connection::Context;

/// How long rooms may take to commit what waits when the node stops. A room's own patience is shorter.
const DRAIN: Duration = Duration::from_secs(10);
/// How long clients may take to answer the close, and requests to finish.
const GOODBYE: Duration = Duration::from_secs(5);

/// Serves `router` on `listener` until a signal (SIGTERM, Ctrl-C). Then `drain` runs, while requests are still answered, and connections end.
pub async fn serve(listener: TcpListener, router: Router, drain: impl Future<Output = ()>) -> io::Result<()> {
    let (stop, mut stopped) = watch::channel(false);
    let listener = listener.tap_io(|stream| {
        // A stroke is many small frames; waiting to fill packets would delay each by 40 ms.
        let _ = stream.set_nodelay(true);
    });
    let serve = axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(async move {
            let _ = stopped.wait_for(|stop| *stop).await;
        });
    let server = tokio::spawn(serve.into_future());
    stop_signal().await;
    drain.await;
    stop.send_replace(true);
    match tokio::time::timeout(GOODBYE, server).await {
        Ok(Ok(result)) => result,
        Ok(Err(panic)) => Err(io::Error::other(panic)),
        Err(_) => Ok(()), // requests that outlast the patience end with the process
    }
}

/// Rooms commit what waits, clients are told, connections end.
pub async fn drain(context: &Context) {
    tracing::info!("stopping: rooms commit what waits");
    context.registry.drain(DRAIN).await;
    context.connections.all_ended(GOODBYE).await;
}

async fn stop_signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (Ok(mut term), Ok(mut int)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
        else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
    }
    #[cfg(not(unix))]
    let _ = tokio::signal::ctrl_c().await;
}
