//! Binds an address, accepts connections and stops gracefully.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use hyper_util::rt::TokioExecutor;
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::connection;
use super::limits::Limits;
use super::metrics::HttpMetrics;
use super::peer::{Peer, PeerIdentity};
use super::service::Shared;
use super::tls::Tls;

/// A server that is being put together.
pub struct Server {
    router: Router,
    limits: Limits,
    tls: Option<Tls>,
    grace: Duration,
    metrics: HttpMetrics,
}

/// Why a server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be had.
    #[error("cannot listen on {address}")]
    Bind {
        /// Where it was to listen.
        address: String,
        /// What the system says.
        source: io::Error,
    },
}

/// How a server came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// Connections that were still busy at the end of the grace time.
    pub dropped: usize,
}

impl Server {
    /// A server of these routes: plain HTTP, default [`Limits`], ten seconds of grace.
    pub fn new(router: Router) -> Self {
        Self {
            // Bodies are bounded before the routes see them.
            router: router.layer(DefaultBodyLimit::disable()),
            limits: Limits::default(),
            tls: None,
            grace: Duration::from_secs(10),
            metrics: HttpMetrics::default(),
        }
    }

    /// Speaks TLS, and only TLS.
    #[must_use]
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Bounds what clients may ask of the server.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How long requests in progress may go on after the stop; what takes longer is dropped.
    #[must_use]
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Where connections and requests are counted.
    #[must_use]
    pub fn metrics(mut self, metrics: HttpMetrics) -> Self {
        self.metrics = metrics;
        self
    }

    /// Listens on `address` (`HOST:PORT`; port 0 takes a free one). Clients may connect from now on and
    /// are served from [`Bound::serve`] on.
    pub async fn bind(self, address: &str) -> Result<Bound, ServeError> {
        let failed = |source| ServeError::Bind {
            address: address.to_owned(),
            source,
        };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Bound {
            server: self,
            listener,
            address,
        })
    }
}

/// A server that listens.
pub struct Bound {
    server: Server,
    listener: TcpListener,
    address: SocketAddr,
}

impl Bound {
    /// Where it listens, with the port that it got.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of its root.
    pub fn url(&self) -> String {
        let scheme = if self.server.tls.is_some() {
            "https"
        } else {
            "http"
        };
        format!("{scheme}://{}", self.address)
    }

    /// Serves until `stop`, then lets requests in progress end within the grace time.
    ///
    /// Streams that never end by themselves (watches) should watch the same token.
    pub async fn serve(self, stop: CancellationToken) -> Stopped {
        let Self { server, listener, .. } = self;
        let Server {
            router,
            limits,
            tls,
            grace,
            metrics,
        } = server;
        let mut connections = JoinSet::new();
        let door = Door {
            listener,
            places: Arc::new(Semaphore::new(
                limits.connections.clamp(1, Semaphore::MAX_PERMITS),
            )),
        };
        let host = Host {
            protocol: Arc::new(connection::protocol(&limits)),
            shared: Arc::new(Shared {
                router,
                limits,
                metrics,
            }),
            acceptor: tls.as_ref().map(Tls::acceptor),
            stop: stop.clone(),
        };
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(_) = connections.join_next() => {}
                (socket, address, place) = door.next() => {
                    connections.spawn(host.clone().receive(socket, address, place));
                }
            }
        }
        drop(door);
        drain(connections, grace).await
    }
}

async fn drain(mut connections: JoinSet<()>, grace: Duration) -> Stopped {
    let all_ended = async { while connections.join_next().await.is_some() {} };
    let _ = timeout(grace, all_ended).await;
    let dropped = connections.len();
    connections.shutdown().await;
    Stopped { dropped }
}

/// Lets connections in, as many as there are places.
struct Door {
    listener: TcpListener,
    places: Arc<Semaphore>,
}

impl Door {
    async fn next(&self) -> (TcpStream, SocketAddr, Option<OwnedSemaphorePermit>) {
        // The semaphore is never closed.
        let place = Arc::clone(&self.places).acquire_owned().await.ok();
        loop {
            match self.listener.accept().await {
                Ok((socket, address)) => return (socket, address, place),
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    // Out of file descriptors, most likely: trying at once would only burn the processor.
                    sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }
}

/// What it takes to serve a connection.
#[derive(Clone)]
struct Host {
    shared: Arc<Shared>,
    protocol: Arc<auto::Builder<TokioExecutor>>,
    acceptor: Option<TlsAcceptor>,
    stop: CancellationToken,
}

impl Host {
    async fn receive(self, socket: TcpStream, address: SocketAddr, _place: Option<OwnedSemaphorePermit>) {
        let _ = socket.set_nodelay(true);
        let mut peer = Peer {
            address,
            identity: None,
        };
        let Some(acceptor) = &self.acceptor else {
            connection::serve(socket, peer, self.shared, self.protocol, self.stop).await;
            return;
        };
        match timeout(self.shared.limits.head_time, acceptor.accept(socket)).await {
            Ok(Ok(stream)) => {
                let certificate = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
                let identity = certificate.and_then(|der| PeerIdentity::from_certificate(der));
                peer.identity = identity.map(Arc::new);
                connection::serve(stream, peer, self.shared, self.protocol, self.stop).await;
            }
            Ok(Err(error)) => tracing::debug!(%address, %error, "TLS handshake failed"),
            Err(_) => tracing::debug!(%address, "TLS handshake took too long"),
        }
    }
}
