//! `git http-backend` behind a server of HTTP: the bridge starts it for each request, as web servers do.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use bytes::Bytes;
use futures::TryStreamExt as _;
use http::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION, WWW_AUTHENTICATE};
use http::{Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_util::io::ReaderStream;

use super::tls::Authority;

type Body = UnsyncBoxBody<Bytes, std::io::Error>;

/// Who is let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Door {
    /// Everybody.
    Open,
    /// Who sends this `Authorization`.
    Authorization(String),
    /// Who shows a certificate of the server's authority.
    Certificate,
}

/// How the server fails.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Fault {
    /// It does not.
    #[default]
    None,
    /// It sends elsewhere.
    Redirect(String),
    /// It answers with this status, and with all headers of the request as the text.
    Status(u16),
    /// It accepts and answers nothing.
    Silence,
    /// It breaks off after so many bytes of a pack.
    Cut(u64),
}

/// A server on a port of its own.
#[derive(Debug)]
pub struct HttpServer {
    state: Arc<State>,
    address: SocketAddr,
    task: Option<JoinHandle<()>>,
    authority: Option<Authority>,
}

#[derive(Debug)]
struct State {
    root: PathBuf,
    door: Door,
    fault: Mutex<Fault>,
    requests: Mutex<Vec<String>>,
}

impl HttpServer {
    /// Serves what lies below the root over TLS.
    ///
    /// # Errors
    /// If no port is free.
    pub async fn start(root: &Path, door: Door) -> Result<Self> {
        Self::begin(root, door, Some(Authority::create()?)).await
    }

    /// Serves what lies below the root without TLS, to everybody.
    ///
    /// # Errors
    /// If no port is free.
    pub async fn start_open(root: &Path) -> Result<Self> {
        Self::begin(root, Door::Open, None).await
    }

    async fn begin(root: &Path, door: Door, authority: Option<Authority>) -> Result<Self> {
        let state = State {
            root: root.to_owned(),
            door,
            fault: Mutex::default(),
            requests: Mutex::default(),
        };
        let mut server = Self {
            state: Arc::new(state),
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            task: None,
            authority,
        };
        server.up().await?;
        Ok(server)
    }

    /// Listens, on the same port as before.
    ///
    /// # Errors
    /// If the port is taken.
    pub async fn up(&mut self) -> Result<()> {
        let listener = TcpListener::bind(self.address)
            .await
            .context("the port is taken")?;
        self.address = listener.local_addr()?;
        let demands = self.state.door == Door::Certificate;
        let tls = self
            .authority
            .as_ref()
            .map(|authority| authority.server(demands))
            .transpose()?;
        let tls = tls.map(|tls| TlsAcceptor::from(Arc::new(tls)));
        self.task = Some(tokio::spawn(listen(listener, tls, Arc::clone(&self.state))));
        Ok(())
    }

    /// Stops listening.
    pub async fn down(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
            let _ = task.await;
        }
    }

    /// Fails from now on.
    pub fn fail(&self, fault: Fault) {
        *self.state.fault.lock() = fault;
    }

    /// Address of a repository below the root.
    pub fn url(&self, repository: &str) -> String {
        let scheme = if self.authority.is_some() { "https" } else { "http" };
        format!("{scheme}://localhost:{}/{repository}.git", self.address.port())
    }

    /// Certificate of its authority, PEM; none without TLS.
    pub fn authority(&self) -> Option<&Authority> {
        self.authority.as_ref()
    }

    /// Methods, paths and queries of all requests.
    pub fn requests(&self) -> Vec<String> {
        self.state.requests.lock().clone()
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
    }
}

async fn listen(listener: TcpListener, tls: Option<TlsAcceptor>, state: Arc<State>) {
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((socket, _)) = listener.accept().await {
        let (tls, state) = (tls.clone(), Arc::clone(&state));
        connections.spawn(async move {
            match tls {
                // A client that is refused in the handshake hears of it there.
                Some(tls) => {
                    if let Ok(stream) = tls.accept(socket).await {
                        serve(stream, state).await;
                    }
                }
                None => serve::<TcpStream>(socket, state).await,
            }
        });
    }
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin>(stream: S, state: Arc<State>) {
    let service = service_fn(|request| {
        let state = Arc::clone(&state);
        async move { Ok::<_, Infallible>(answer(&state, request).await) }
    });
    let connection =
        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    // Clients go away as they like.
    let _ = connection.await;
}

async fn answer(state: &State, request: Request<Incoming>) -> Response<Body> {
    let line = format!("{} {}", request.method(), request.uri());
    state.requests.lock().push(line);
    let fault = state.fault.lock().clone();
    let authorization = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let is_welcome = match &state.door {
        Door::Open | Door::Certificate => true,
        Door::Authorization(wanted) => authorization == Some(wanted),
    };
    match fault {
        Fault::Silence => std::future::pending().await,
        Fault::Status(status) => plain(status, &format!("{:?}", request.headers())),
        Fault::Redirect(to) => {
            let mut response = plain(302, "elsewhere");
            let to = format!("{to}{}", request.uri()).parse();
            response.headers_mut().extend(to.ok().map(|to| (LOCATION, to)));
            response
        }
        Fault::None | Fault::Cut(_) if !is_welcome => {
            let mut response = plain(401, "who are you?");
            let scheme = http::HeaderValue::from_static("Basic realm=\"git\"");
            response.headers_mut().insert(WWW_AUTHENTICATE, scheme);
            response
        }
        Fault::None => backend(state, request, None).await,
        Fault::Cut(bytes) => backend(state, request, Some(bytes)).await,
    }
}

fn plain(status: u16, text: &str) -> Response<Body> {
    let body = Full::new(Bytes::from(text.to_owned())).map_err(|never| match never {});
    let mut response = Response::new(body.boxed_unsync());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    response
}

async fn backend(state: &State, request: Request<Incoming>, cut: Option<u64>) -> Response<Body> {
    match run(state, request, cut).await {
        Ok(response) => response,
        Err(error) => plain(500, &format!("{error:#}")),
    }
}

/// Runs the program of git with the request, by the rules of CGI.
async fn run(state: &State, request: Request<Incoming>, cut: Option<u64>) -> Result<Response<Body>> {
    let (parts, body) = request.into_parts();
    let kind = parts
        .headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let body = body.collect().await?.to_bytes();
    let mut program = Command::new("git")
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", &state.root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("REQUEST_METHOD", parts.method.as_str())
        .env("PATH_INFO", parts.uri.path())
        .env("QUERY_STRING", parts.uri.query().unwrap_or_default())
        .env("CONTENT_TYPE", kind.unwrap_or_default())
        .env("CONTENT_LENGTH", body.len().to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .context("git http-backend cannot be run")?;
    let mut input = program.stdin.take().context("it reads")?;
    tokio::spawn(async move { input.write_all(&body).await });
    let mut output = BufReader::new(program.stdout.take().context("it writes")?);
    let mut response = Response::builder();
    loop {
        let mut line = String::new();
        output.read_line(&mut line).await?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        response = match name {
            "Status" => response.status(value.get(..3).unwrap_or("500")),
            name => response.header(name, value),
        };
    }
    let is_pack = parts.method == "POST";
    let mut left = cut.filter(|_| is_pack);
    let stream = ReaderStream::with_capacity(output, 64 << 10).and_then(move |bytes| {
        // The program ends with the answer.
        let _alive = &program;
        let size = bytes.len() as u64;
        let is_cut = left.is_some_and(|left| left < size);
        left = left.map(|left| left.saturating_sub(size));
        std::future::ready(if is_cut {
            Err(std::io::Error::other("cut"))
        } else {
            Ok(Frame::data(bytes))
        })
    });
    Ok(response.body(BodyExt::boxed_unsync(StreamBody::new(stream)))?)
}
