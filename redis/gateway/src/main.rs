//! `meridian-redis-gateway`: Upstash's REST protocol in front of any Redis.

use std::{future::IntoFuture, net::SocketAddr, time::Duration};

use anyhow::{Context as _, Result, ensure};
use clap::Parser;
use meridian_redis::native::NativeRedis;
use meridian_redis_gateway::{Gateway, Token, router};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::watch,
};
use tracing_subscriber::EnvFilter;

/// How long requests under way may take after the signal to stop.
const GRACE: Duration = Duration::from_secs(5);

/// Serves Upstash's REST protocol in front of a Redis.
#[derive(Debug, Parser)]
#[command(version)]
struct Options {
    /// Address to listen at; port 0 takes any free one.
    #[arg(long, env = "LISTEN", default_value = "127.0.0.1:8079")]
    listen: SocketAddr,
    /// The Redis behind: redis://… or rediss://….
    #[arg(long, env = "REDIS_URL", hide_env_values = true)]
    redis_url: String,
    /// What callers must show. By the variable only: options are seen by everyone on the machine.
    #[arg(skip)]
    token: String,
    /// How large the body of a request may be, in bytes.
    #[arg(long, default_value_t = 1024 * 1024)]
    body_limit: usize,
    /// How long Redis may take to answer, in ms. Below the patience of callers, so that they hear an error and not silence.
    #[arg(long, default_value_t = 800)]
    timeout_ms: u64,
}

#[tokio::main]
async fn main() -> Result<()> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false).init();
    let mut options = Options::parse();
    options.token = std::env::var("UPSTASH_REDIS_REST_TOKEN").unwrap_or_default();
    ensure!(!options.token.is_empty(), "UPSTASH_REDIS_REST_TOKEN must be set: it is what callers must show");
    serve(options).await
}

async fn serve(options: Options) -> Result<()> {
    let redis = NativeRedis::with_patience(&options.redis_url, Duration::from_millis(options.timeout_ms))
        .context("REDIS_URL can't be used")?;
    let listener = TcpListener::bind(options.listen)
        .await
        .with_context(|| format!("{} can't be had; name another with --listen", options.listen))?;
    let address = listener.local_addr()?;
    let (stop, stopping) = watch::channel(false);
    let token = Token::new(&options.token);
    let router = router(Gateway { redis, token, body_limit: options.body_limit, stopping: stopping.clone() });

    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        let _ = stop.send(true);
    });
    println!("The Redis gateway is ready at http://{address}");
    let stopped = |mut stopping: watch::Receiver<bool>| async move {
        let _ = stopping.wait_for(|stop| *stop).await;
    };
    let server = axum::serve(listener, router).with_graceful_shutdown(stopped(stopping.clone()));
    let overdue = async {
        stopped(stopping).await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        result = server.into_future() => result?,
        () = overdue => tracing::warn!("requests were still under way"),
    }
    Ok(())
}
