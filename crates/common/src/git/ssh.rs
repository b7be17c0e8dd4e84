//! Repositories behind SSH servers: one key, only servers that are known, one command.

use std::future;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::{self, Stream};
use parking_lot::Mutex;
use russh::client::{self, Handle, Handler, Msg};
use russh::keys::{
    Algorithm, HashAlg, PrivateKey, PrivateKeyWithHashAlg, PublicKeyOrCertificate, decode_secret_key,
};
use russh::{ChannelMsg, ChannelReadHalf, ChannelWriteHalf, Preferred};
use secrecy::ExposeSecret as _;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_util::io::StreamReader;

use super::address::SshPlace;
use super::credentials::{CredentialsError, SshIdentity};
use super::error::{Error, quote};
use super::known_hosts::Known;
use super::mirror::Remote;
use super::wire::{self, Advertisement, Piece, WireError};
use crate::causes::chain;

/// Messages of the server that wait to be read, of some 32 KiB each.
const WAITING: usize = 16;
/// Bytes kept of what the server's command complains.
const COMPLAINT: usize = 1000;

type Reader = StreamReader<std::pin::Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>, Bytes>;

/// A server that runs the command and has made its offer.
pub(super) struct Session<'a> {
    remote: &'a Remote,
    /// The connection lives as long as this.
    handle: Handle<Doorkeeper>,
    writer: ChannelWriteHalf<Msg>,
    reader: Reader,
    complaint: Arc<Mutex<Vec<u8>>>,
}

impl<'a> Session<'a> {
    /// Connects, checks the server, logs in and asks for the offer.
    pub(super) async fn open(remote: &'a Remote, place: &SshPlace) -> Result<(Self, Advertisement), Error> {
        let identity = identity(remote)?;
        let key = read_key(remote, identity)?;
        let mut handle = connect(remote, place, identity).await?;
        log_in(remote, place, &mut handle, key).await?;
        let channel = handle
            .channel_open_session()
            .await
            .map_err(|error| broken(remote, &error))?;
        let command = format!("git-upload-pack {}", quoted(&place.path));
        channel
            .exec(true, command)
            .await
            .map_err(|error| broken(remote, &error))?;
        let (output, writer) = channel.split();
        let complaint = Arc::new(Mutex::new(Vec::new()));
        let mut session = Self {
            remote,
            handle,
            writer,
            reader: read(output, Arc::clone(&complaint)),
            complaint,
        };
        let offer = wire::read_offer(&mut session.reader).await;
        let offer = offer.map_err(|error| session.failed(&error))?;
        Ok((session, offer))
    }

    /// Sends the request and hands on the pack.
    pub(super) async fn pack(mut self, request: Vec<u8>, pieces: &mpsc::Sender<Piece>) -> Result<(), Error> {
        self.say(request).await?;
        let read = wire::read_pack(&mut self.reader, pieces).await;
        read.map_err(|error| self.failed(&error))?;
        self.close().await;
        Ok(())
    }

    /// Ends a conversation in which nothing is asked for.
    pub(super) async fn leave(mut self) {
        // The offer was all that was wanted; that the server does not hear the end of it harms nobody.
        let _ = self.say(wire::FAREWELL.to_vec()).await;
        self.close().await;
    }

    async fn say(&mut self, bytes: Vec<u8>) -> Result<(), Error> {
        self.writer
            .data_bytes(bytes)
            .await
            .map_err(|error| broken(self.remote, &error))
    }

    async fn close(self) {
        let _ = self
            .handle
            .disconnect(russh::Disconnect::ByApplication, "", "en")
            .await;
    }

    /// Where the connection ends early, the command has said why.
    fn failed(&self, error: &WireError) -> Error {
        let complaint = quote(&self.complaint.lock());
        match error {
            WireError::Ended if !complaint.is_empty() => Error::NoRepository {
                address: self.remote.address.to_string(),
                why: self.remote.credentials.mask(&complaint),
            },
            _ => self.remote.failed(error),
        }
    }
}

fn identity(remote: &Remote) -> Result<&SshIdentity, Error> {
    let missing = || CredentialsError::Missing {
        keys: vec!["identity", "known_hosts"],
        why: "ssh needs a Secret with both",
    };
    remote.credentials.ssh.as_ref().ok_or_else(|| missing().into())
}

fn read_key(remote: &Remote, identity: &SshIdentity) -> Result<PrivateKey, Error> {
    let text = identity.key.expose_secret();
    let decoded = match (decode_secret_key(text, None), &identity.password) {
        (Ok(key), _) => Ok(key),
        (Err(russh::keys::Error::KeyIsEncrypted), None) => {
            Err("it is encrypted, and the Secret has no password")
        }
        (Err(_), Some(password)) if text.contains("PRIVATE KEY") => {
            decode_secret_key(text, Some(password.expose_secret()))
                .map_err(|_| "the password of the identity is wrong")
        }
        // What the library says of a key that it cannot read is not repeated.
        (Err(_), _) => Err(
            "it is not a private key of a kind that is understood (OpenSSH or PKCS#8; ed25519, ecdsa, rsa)",
        ),
    };
    decoded.map_err(|why| Error::Unusable {
        address: remote.address.to_string(),
        what: "the identity",
        why: why.to_owned(),
    })
}

async fn connect(
    remote: &Remote,
    place: &SshPlace,
    identity: &SshIdentity,
) -> Result<Handle<Doorkeeper>, Error> {
    let address = remote.address.to_string();
    let known = Known::read(&identity.known_hosts, &place.host, place.port);
    if let Err(why) = known.check_any() {
        return Err(Error::Untrusted { address, why });
    }
    let algorithms = known.algorithms();
    let config = client::Config {
        inactivity_timeout: Some(remote.timeout),
        nodelay: true,
        preferred: Preferred {
            key: algorithms.clone().into(),
            ..Preferred::default()
        },
        ..client::Config::default()
    };
    let refusal = Arc::new(Mutex::new(None));
    let doorkeeper = Doorkeeper {
        known,
        refusal: Arc::clone(&refusal),
    };
    let socket = TcpStream::connect((place.host.as_str(), place.port)).await;
    let socket = socket.map_err(|error| Error::Unreachable {
        address: address.clone(),
        why: error.to_string(),
    })?;
    let connected = client::connect_stream(Arc::new(config), socket, doorkeeper).await;
    connected.map_err(|error| match (refusal.lock().take(), &error) {
        (Some(why), _) => Error::Untrusted { address, why },
        (
            None,
            russh::Error::NoCommonAlgo {
                kind: russh::AlgorithmKind::Key,
                ..
            },
        ) => {
            let why = format!(
                "it has no host key of the kinds in known_hosts: {}",
                list(&algorithms)
            );
            Error::Untrusted { address, why }
        }
        (None, error) => broken(remote, error),
    })
}

fn list(algorithms: &[Algorithm]) -> String {
    let names: Vec<_> = algorithms.iter().map(Algorithm::to_string).collect();
    names.join(", ")
}

async fn log_in(
    remote: &Remote,
    place: &SshPlace,
    handle: &mut Handle<Doorkeeper>,
    key: PrivateKey,
) -> Result<(), Error> {
    let hash = match key.algorithm() {
        Algorithm::Rsa { .. } => {
            let best = handle
                .best_supported_rsa_hash()
                .await
                .map_err(|error| broken(remote, &error))?;
            // Never the signature with SHA-1, which a server without an answer would get.
            best.flatten().or(Some(HashAlg::Sha512))
        }
        _ => None,
    };
    let key = PrivateKeyWithHashAlg::new(Arc::new(key), hash);
    let answer = handle.authenticate_publickey(&place.user, key).await;
    if answer.map_err(|error| broken(remote, &error))?.success() {
        return Ok(());
    }
    Err(Error::Denied {
        address: remote.address.to_string(),
        why: format!("the identity is not accepted for the user {}", place.user),
    })
}

fn broken(remote: &Remote, error: &russh::Error) -> Error {
    Error::Unreachable {
        address: remote.address.to_string(),
        why: remote.credentials.mask(&chain(error)),
    }
}

/// Quoted for the server's shell, as git does it.
fn quoted(path: &str) -> String {
    format!("'{}'", path.replace('\'', r"'\''").replace('!', r"'\!'"))
}

/// Reads what the command prints, and keeps what it complains.
fn read(mut output: ChannelReadHalf, complaint: Arc<Mutex<Vec<u8>>>) -> Reader {
    let (sender, receiver) = mpsc::channel(WAITING);
    tokio::spawn(async move {
        while let Some(message) = output.wait().await {
            match message {
                // Nobody reads any more: what comes is let go, until the connection is closed.
                ChannelMsg::Data { data } => drop(sender.send(Ok(data)).await),
                ChannelMsg::ExtendedData { data, ext: 1 } => {
                    let mut kept = complaint.lock();
                    let room = COMPLAINT.saturating_sub(kept.len());
                    kept.extend(data.iter().take(room));
                }
                _ => {}
            }
        }
    });
    let messages = stream::unfold(
        receiver,
        |mut receiver: mpsc::Receiver<io::Result<Bytes>>| async move {
            let message = receiver.recv().await?;
            Some((message, receiver))
        },
    );
    StreamReader::new(Box::pin(messages))
}

/// Lets only servers in that are known.
struct Doorkeeper {
    known: Known,
    refusal: Arc<Mutex<Option<String>>>,
}

impl Handler for Doorkeeper {
    type Error = russh::Error;

    fn check_server_key(
        &mut self,
        shown: &PublicKeyOrCertificate,
    ) -> impl Future<Output = Result<bool, Self::Error>> + Send {
        let checked = match shown {
            PublicKeyOrCertificate::PublicKey { key, .. } => self.known.check(key),
            PublicKeyOrCertificate::Certificate(_) => {
                Err("it shows a certificate instead of its key".to_owned())
            }
        };
        let is_known = checked.is_ok();
        *self.refusal.lock() = checked.err();
        future::ready(Ok(is_known))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_word_for_the_shell_of_the_server() {
        assert_eq!(quoted("/a b.git"), "'/a b.git'");
        assert_eq!(quoted("/it's; rm -rf $HOME!"), r"'/it'\''s; rm -rf $HOME'\!''");
    }
}
