//! The text of a `known_hosts` file: which keys a server may show. Nothing is trusted because it is seen first, and
//! nothing is written.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use russh::keys::{Algorithm, HashAlg, PublicKey, parse_public_key_base64};

/// What is known of one server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known {
    /// As `known_hosts` calls it.
    name: String,
    keys: Vec<PublicKey>,
    revoked: Vec<PublicKey>,
}

impl Known {
    /// Reads what the text says of a server.
    pub(super) fn read(text: &str, host: &str, port: u16) -> Self {
        let name = match port {
            22 => host.to_ascii_lowercase(),
            _ => format!("[{}]:{port}", host.to_ascii_lowercase()),
        };
        let mut known = Self {
            name,
            keys: Vec::new(),
            revoked: Vec::new(),
        };
        text.lines().for_each(|line| known.line(line));
        known
    }

    fn line(&mut self, line: &str) {
        let mut words = line.split_whitespace().peekable();
        let marker = words.next_if(|word| word.starts_with('@'));
        let (Some(hosts), Some(_), Some(key)) = (words.next(), words.next(), words.next()) else {
            return;
        };
        if hosts.starts_with('#') || !names(hosts, &self.name) {
            return;
        }
        let Ok(key) = parse_public_key_base64(key) else {
            return;
        };
        match marker {
            None => self.keys.push(key),
            Some("@revoked") => self.revoked.push(key),
            // Certificates of hosts are not asked for, so an authority vouches for nobody.
            Some(_) => {}
        }
    }

    /// Kinds of keys that the server is asked to show, so that it shows one that is known.
    pub(super) fn algorithms(&self) -> Vec<Algorithm> {
        let mut algorithms = Vec::new();
        for key in &self.keys {
            let kinds = match key.algorithm() {
                Algorithm::Rsa { .. } => vec![
                    Algorithm::Rsa {
                        hash: Some(HashAlg::Sha512),
                    },
                    Algorithm::Rsa {
                        hash: Some(HashAlg::Sha256),
                    },
                ],
                other => vec![other],
            };
            algorithms.extend(
                kinds
                    .into_iter()
                    .filter(|kind| !algorithms.contains(kind))
                    .collect::<Vec<_>>(),
            );
        }
        algorithms
    }

    /// Nothing is known of the server.
    pub(super) fn check_any(&self) -> Result<(), String> {
        if self.keys.is_empty() {
            return Err(format!(
                "the host key of {} is not in known_hosts; add it (ssh-keyscan prints it, its owner must confirm it)",
                self.name
            ));
        }
        Ok(())
    }

    /// The key that the server shows is one that it may show.
    pub(super) fn check(&self, shown: &PublicKey) -> Result<(), String> {
        self.check_any()?;
        let is = |key: &PublicKey| key.key_data() == shown.key_data();
        let shown_print = shown.fingerprint(HashAlg::Sha256);
        if self.revoked.iter().any(is) {
            return Err(format!(
                "the host key {shown_print} of {} is revoked in known_hosts",
                self.name
            ));
        }
        if self.keys.iter().any(is) {
            return Ok(());
        }
        Err(format!(
            "the host key of {} is {shown_print}, which is not the one in known_hosts: it was changed, or somebody \
             answers in its place",
            self.name
        ))
    }
}

/// A list of names, patterns and hashes means the host; a pattern with `!` beats all others.
fn names(list: &str, host: &str) -> bool {
    let mut is_named = false;
    for pattern in list.split(',') {
        match pattern.strip_prefix('!') {
            Some(pattern) if matches(&pattern.to_ascii_lowercase(), host) => return false,
            Some(_) => {}
            None if pattern.starts_with("|1|") => is_named |= is_hash_of(pattern, host),
            None => is_named |= matches(&pattern.to_ascii_lowercase(), host),
        }
    }
    is_named
}

/// `|1|salt|hash`, both in base64.
fn is_hash_of(pattern: &str, host: &str) -> bool {
    let mut parts = pattern.split('|').skip(2).map(|part| STANDARD.decode(part).ok());
    let (Some(Some(salt)), Some(Some(hash)), None) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &salt);
    hmac::verify(&key, host.as_bytes(), &hash).is_ok()
}

/// `*` stands for any text, `?` for one character. Takes time in the product of both lengths.
fn matches(pattern: &str, text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    // Which beginnings of the text the pattern matches so far.
    let mut reached = vec![false; text.len() + 1];
    if let Some(first) = reached.first_mut() {
        *first = true;
    }
    for wanted in pattern.chars() {
        let mut next = vec![false; reached.len()];
        for (at, slot) in next.iter_mut().enumerate() {
            let before = at.checked_sub(1);
            let fits = |character: char| before.and_then(|before| text.get(before)) == Some(&character);
            let was_before = before.and_then(|before| reached.get(before)) == Some(&true);
            *slot = match wanted {
                '*' => reached.iter().take(at + 1).any(|is| *is),
                '?' => was_before,
                _ => was_before && fits(wanted),
            };
        }
        reached = next;
    }
    reached.last() == Some(&true)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";
    const TWO: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIA6rWI3G1sz07DnfFlrouTcysQlj2P+jpNSOEWD9OJ3X";

    fn key(text: &str) -> PublicKey {
        parse_public_key_base64(text).unwrap()
    }

    fn check(hosts: &str, host: &str, port: u16, shown: &str) -> Result<(), String> {
        Known::read(
            &format!("# comment\n\n{hosts} ssh-ed25519 {ONE} somebody\n"),
            host,
            port,
        )
        .check(&key(shown))
    }

    #[test]
    fn a_known_key_is_taken_under_every_way_to_write_its_host() {
        // Written by `ssh-keygen -H`.
        let hashed = hash(b"0123456789abcdefghij", "git.example.org");
        let hashed_port = hash(b"0123456789abcdefghij", "[git.example.org]:2222");
        for (hosts, port) in [
            ("git.example.org", 22),
            ("other,GIT.example.org", 22),
            ("*.example.org", 22),
            ("gi?.example.*,!old.example.org", 22),
            ("[git.example.org]:2222", 2222),
            (hashed.as_str(), 22),
            (hashed_port.as_str(), 2222),
        ] {
            assert_eq!(check(hosts, "Git.example.org", port, ONE), Ok(()), "{hosts}");
            assert!(
                check(hosts, "git.example.org", port, TWO)
                    .unwrap_err()
                    .contains("was changed"),
                "{hosts}"
            );
        }
    }

    fn hash(salt: &[u8], host: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, salt);
        let hash = hmac::sign(&key, host.as_bytes());
        format!("|1|{}|{}", STANDARD.encode(salt), STANDARD.encode(hash))
    }

    #[test]
    fn an_unknown_host_is_not_trusted() {
        let foreign = hash(b"0123456789abcdefghij", "other.example.org");
        for (hosts, port) in [
            ("git.example.org", 2222),
            ("[git.example.org]:2222", 22),
            ("*.example.org,!git.example.org", 22),
            ("@cert-authority git.example.org", 22),
            ("#git.example.org", 22),
            ("git.example.or", 22),
            (foreign.as_str(), 22),
            ("|1|x|y", 22),
        ] {
            let error = check(hosts, "git.example.org", port, ONE).unwrap_err();
            assert!(error.contains("not in known_hosts"), "{hosts}: {error}");
        }
    }

    #[test]
    fn a_revoked_key_is_not_trusted_wherever_it_stands() {
        let text = format!("git.example.org ssh-ed25519 {ONE}\n@revoked * ssh-ed25519 {ONE}\n");
        let error = Known::read(&text, "git.example.org", 22)
            .check(&key(ONE))
            .unwrap_err();
        assert!(error.contains("revoked"), "{error}");
    }
}
