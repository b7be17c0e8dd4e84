//! What git's clients and servers say to each other (version 0 of the protocol, which every server speaks): lines
//! with their length, the offer of references, one request, and a pack in a band beside progress and errors.

use std::collections::BTreeMap;
use std::io;

use git2::Oid;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::sync::mpsc;

use super::error::quote;

/// Bytes of all references that a server may offer.
const LARGEST_OFFER: usize = 64 << 20;
/// Said by us where the server understands it.
const SPOKEN: [&str; 3] = ["side-band-64k", "ofs-delta", "no-progress"];

/// A conversation that failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum WireError {
    #[error("the connection broke: {0}")]
    Broken(#[from] io::Error),
    #[error("the connection ended early")]
    Ended,
    #[error("{0}")]
    Malformed(String),
    /// In the server's words.
    #[error("{0}")]
    Refused(String),
    /// Nobody takes the pack any more, and who did has told why.
    #[error("the pack was not taken")]
    Unwanted,
}

/// A part of a pack on its way to the mirror. Without `End`, what came is not to be used.
#[derive(Debug)]
pub(super) enum Piece {
    Bytes(Vec<u8>),
    End,
}

/// What the server offers.
#[derive(Debug, Clone, Default)]
pub(super) struct Advertisement {
    pub(super) refs: BTreeMap<String, Oid>,
    /// Commits that no reference leads to directly may be asked for.
    pub(super) gives_any_commit: bool,
    /// What both sides understand.
    pub(super) spoken: Vec<&'static str>,
}

/// A line of the protocol; none is the mark between groups of lines.
type Line = Option<Vec<u8>>;

async fn read_line(reader: &mut (impl AsyncRead + Unpin)) -> Result<Line, WireError> {
    let mut digits = [0; 4];
    read_all(reader, &mut digits).await?;
    let text = std::str::from_utf8(&digits).ok();
    let length = text.and_then(|text| usize::from_str_radix(text, 16).ok());
    let length = length.ok_or_else(|| WireError::Malformed(format!("{:?} is no length", quote(&digits))))?;
    if length == 0 {
        return Ok(None);
    }
    let length = length
        .checked_sub(4)
        .ok_or_else(|| WireError::Malformed("it speaks another version of the protocol".to_owned()))?;
    let mut line = vec![0; length];
    read_all(reader, &mut line).await?;
    match line.strip_prefix(b"ERR ") {
        Some(why) => Err(WireError::Refused(quote(why))),
        None => Ok(Some(line)),
    }
}

async fn read_all(reader: &mut (impl AsyncRead + Unpin), buffer: &mut [u8]) -> Result<(), WireError> {
    match reader.read_exact(buffer).await {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(WireError::Ended),
        Err(error) => Err(error.into()),
    }
}

/// Reads the offer. Over HTTP, a line with the name of the service stands before it.
pub(super) async fn read_offer(reader: &mut (impl AsyncRead + Unpin)) -> Result<Advertisement, WireError> {
    let mut offer = Advertisement::default();
    let mut size = 0;
    let mut is_first = true;
    while let Some(line) = read_line(reader).await? {
        size += line.len();
        if size > LARGEST_OFFER {
            let mib = LARGEST_OFFER >> 20;
            return Err(WireError::Malformed(format!(
                "it offers more than {mib} MiB of references"
            )));
        }
        if is_first && line.starts_with(b"# service=") {
            // The mark behind the name of the service.
            read_line(reader).await?;
            continue;
        }
        read_reference(&line, is_first, &mut offer)?;
        is_first = false;
    }
    Ok(offer)
}

fn read_reference(line: &[u8], is_first: bool, offer: &mut Advertisement) -> Result<(), WireError> {
    let line = String::from_utf8_lossy(line);
    let (line, capabilities) = line.split_once('\0').unwrap_or((&line, ""));
    if is_first {
        read_capabilities(capabilities, offer)?;
    }
    let Some((hash, name)) = line.trim_end_matches('\n').split_once(' ') else {
        return Err(WireError::Malformed(format!(
            "{:?} is no reference",
            quote(line.as_bytes())
        )));
    };
    if hash == "shallow" || name.ends_with("^{}") {
        return Ok(());
    }
    let hash = Some(hash)
        .filter(|hash| hash.len() == 40)
        .and_then(|hash| Oid::from_str(hash).ok());
    let hash =
        hash.ok_or_else(|| WireError::Malformed(format!("{:?} has no hash", quote(name.as_bytes()))))?;
    offer.refs.insert(name.to_owned(), hash);
    Ok(())
}

fn read_capabilities(capabilities: &str, offer: &mut Advertisement) -> Result<(), WireError> {
    let has = |name: &str| {
        capabilities
            .split_whitespace()
            .any(|capability| capability == name)
    };
    if has("object-format=sha256") {
        let why = "its objects have SHA-256 names, which are not supported yet";
        return Err(WireError::Malformed(why.to_owned()));
    }
    if !has("side-band-64k") {
        return Err(WireError::Malformed(
            "it cannot report errors beside a pack (side-band-64k)".to_owned(),
        ));
    }
    offer.gives_any_commit = has("allow-reachable-sha1-in-want") || has("allow-any-sha1-in-want");
    offer.spoken = SPOKEN.into_iter().filter(|name| has(name)).collect();
    Ok(())
}

/// Asks for all that leads to `wants` and not to `haves`, in one breath: no answer is waited for.
pub(super) fn request(offer: &Advertisement, wants: &[Oid], haves: &[Oid]) -> Vec<u8> {
    let mut lines = Vec::new();
    for (index, want) in wants.iter().enumerate() {
        lines.push(match index {
            0 => line(&format!(
                "want {want} {} agent=git/alasca-rs\n",
                offer.spoken.join(" ")
            )),
            _ => line(&format!("want {want}\n")),
        });
    }
    lines.push("0000".to_owned());
    lines.extend(haves.iter().map(|have| line(&format!("have {have}\n"))));
    lines.push(line("done\n"));
    lines.concat().into_bytes()
}

fn line(text: &str) -> String {
    format!("{:04x}{text}", text.len() + 4)
}

/// What ends a conversation in which nothing is asked for.
pub(super) const FAREWELL: &[u8] = b"0000";

/// Hands on the pack that answers a request.
pub(super) async fn read_pack(
    reader: &mut (impl AsyncRead + Unpin),
    pieces: &mpsc::Sender<Piece>,
) -> Result<(), WireError> {
    while let Some(line) = read_line(reader).await? {
        let piece = match line.split_first() {
            Some((1, bytes)) => Piece::Bytes(bytes.to_vec()),
            Some((3, why)) => return Err(WireError::Refused(quote(why))),
            // Progress; which of our commits the server has; nothing, to keep the connection alive.
            Some((2, _)) | None => continue,
            Some(_) if line.starts_with(b"ACK ") || line.starts_with(b"NAK") => continue,
            Some(_) => {
                return Err(WireError::Malformed(format!(
                    "{:?} is no part of a pack",
                    quote(&line)
                )));
            }
        };
        pieces.send(piece).await.map_err(|_| WireError::Unwanted)?;
    }
    pieces.send(Piece::End).await.map_err(|_| WireError::Unwanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "1111111111111111111111111111111111111111";

    fn lines(lines: &[&str]) -> Vec<u8> {
        let said = lines.iter().map(|line| match line.len() {
            0 => "0000".to_owned(),
            length => format!("{:04x}{line}", length + 4),
        });
        said.collect::<String>().into_bytes()
    }

    async fn offer(said: &[&str]) -> Result<Advertisement, WireError> {
        read_offer(&mut lines(said).as_slice()).await
    }

    #[tokio::test]
    async fn an_offer_is_read_with_and_without_the_name_of_the_service() {
        let first = format!("{ONE} HEAD\0side-band-64k ofs-delta agent=git/2\n");
        let tag = format!("{ONE} refs/tags/v1\n");
        let peeled = format!("{ONE} refs/tags/v1^{{}}\n");
        let plain = offer(&[&first, &tag, &peeled, ""]).await.unwrap();
        assert_eq!(plain.refs.keys().collect::<Vec<_>>(), ["HEAD", "refs/tags/v1"]);
        let named = offer(&["# service=git-upload-pack\n", "", &first, &tag, ""])
            .await
            .unwrap();
        assert_eq!(named.refs, plain.refs);
        let asked = request(&named, &[Oid::from_str(ONE).unwrap()], &[]);
        let want = format!("want {ONE} side-band-64k ofs-delta agent=git/alasca-rs\n");
        assert_eq!(asked, lines(&[&want, "", "done\n"]));
    }

    #[tokio::test]
    async fn an_empty_repository_offers_nothing() {
        let nothing = format!("{} capabilities^{{}}\0side-band-64k\n", "0".repeat(40));
        assert!(offer(&[&nothing, ""]).await.unwrap().refs.is_empty());
    }

    #[tokio::test]
    async fn what_is_no_offer_is_refused() {
        assert!(
            matches!(offer(&["ERR access denied\n"]).await, Err(WireError::Refused(why)) if why == "access denied")
        );
        assert!(matches!(offer(&[]).await, Err(WireError::Ended)));
        assert!(matches!(
            read_offer(&mut &b"<html>"[..]).await,
            Err(WireError::Malformed(_))
        ));
        let sha256 = format!("{ONE} HEAD\0side-band-64k object-format=sha256\n");
        assert!(
            matches!(offer(&[&sha256, ""]).await, Err(WireError::Malformed(why)) if why.contains("SHA-256"))
        );
    }

    #[tokio::test]
    async fn a_pack_that_the_server_breaks_off_has_no_end() {
        for (said, reason) in [
            ("\x03out of memory", "out of memory"),
            ("\x01rest", "ended early"),
        ] {
            let (sender, mut receiver) = mpsc::channel(9);
            let answer = lines(&["NAK\n", "\x02counting", "\x01PACK", said]);
            let error = read_pack(&mut answer.as_slice(), &sender).await.unwrap_err();
            assert!(error.to_string().contains(reason), "{error}");
            drop(sender);
            while let Some(piece) = receiver.recv().await {
                assert!(!matches!(piece, Piece::End));
            }
        }
    }
}
