//! Formats of texts, as API servers check them in custom resources.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// The text is of the format. Formats that nobody checks are always kept.
pub(super) fn is_kept(format: &str, text: &str) -> bool {
    match format {
        "cidr" => text.parse::<IpNet>().is_ok(),
        "ip" => is_address4(text) || is_address6(text),
        "ipv4" => is_address4(text),
        "ipv6" => is_address6(text),
        "byte" => STANDARD
            .decode(text.split_whitespace().collect::<String>())
            .is_ok(),
        "date-time" => is_time(text),
        "duration" => is_duration(text),
        _ => true,
    }
}

fn is_address4(text: &str) -> bool {
    format!("{text}/32").parse::<Ipv4Net>().is_ok()
}

fn is_address6(text: &str) -> bool {
    format!("{text}/128").parse::<Ipv6Net>().is_ok()
}

/// `2026-01-31T10:00:00Z`, with fractions and offsets.
fn is_time(text: &str) -> bool {
    let shape: String = text
        .chars()
        .map(|character| {
            if character.is_ascii_digit() {
                '0'
            } else {
                character
            }
        })
        .collect();
    let Some(rest) = shape
        .strip_prefix("0000-00-00T00:00:00")
        .or_else(|| shape.strip_prefix("0000-00-00t00:00:00"))
    else {
        return false;
    };
    let rest = match rest.strip_prefix('.') {
        Some(fraction) => fraction.trim_start_matches('0'),
        None => rest,
    };
    matches!(rest, "Z" | "z" | "+00:00" | "-00:00")
}

/// `1h30m`, `-0.5s`, `0`, as Go reads them.
fn is_duration(text: &str) -> bool {
    let mut rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    if rest == "0" {
        return true;
    }
    while !rest.is_empty() {
        let number =
            rest.trim_start_matches(|character: char| character.is_ascii_digit() || character == '.');
        if number.len() == rest.len() {
            return false;
        }
        let Some(left) = ["ns", "us", "µs", "ms", "s", "m", "h"]
            .iter()
            .find_map(|unit| number.strip_prefix(unit))
        else {
            return false;
        };
        rest = left;
    }
    !text.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_apart() {
        for (format, good, bad) in [
            ("cidr", "10.0.0.0/8", "10.0.0.0/40"),
            ("ipv4", "10.0.0.1", "::1"),
            ("byte", "aGk=", "aGk?"),
            ("date-time", "2026-01-31T10:00:00.25+01:00", "2026-01-31"),
            ("duration", "1h30m0.5s", "1 hour"),
            ("duration", "500ms", "5"),
            ("duration", "1µs", ""),
        ] {
            assert!(is_kept(format, good), "{format} {good}");
            assert!(!is_kept(format, bad), "{format} {bad}");
        }
        assert!(is_kept("password", "anything"));
    }
}
