//! Rules for names and labels, as predicates over ASCII text.

/// Word character: letter, digit or underscore.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// `inner` holds for every byte and the first and last are word characters.
fn is_framed(text: &str, limit: usize, inner: fn(u8) -> bool) -> bool {
    let bytes = text.as_bytes();
    let (Some(&first), Some(&last)) = (bytes.first(), bytes.last()) else {
        return false;
    };
    bytes.len() <= limit && is_word(first) && is_word(last) && bytes.iter().all(|&byte| inner(byte))
}

/// Name of an object or a namespace: 1–255 word characters, `-`, `_`, `.`, `:`, framed by word characters.
pub fn is_resource_name(text: &str) -> bool {
    is_framed(text, 255, |byte| {
        is_word(byte) || matches!(byte, b'-' | b'.' | b':')
    })
}

fn is_label_part(text: &str, limit: usize) -> bool {
    is_framed(text, limit, |byte| is_word(byte) || matches!(byte, b'-' | b'.'))
}

/// Key of a label: `name` of up to 63 characters or `prefix/name` with a prefix of up to 253.
pub fn is_label_key(text: &str) -> bool {
    match text.split_once('/') {
        Some((prefix, name)) => is_label_part(prefix, 253) && is_label_part(name, 63),
        None => is_label_part(text, 63),
    }
}

/// Value of a label: up to 63 characters.
pub fn is_label_value(text: &str) -> bool {
    is_label_part(text, 63)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_original_are_accepted_and_refused_alike() {
        for name in [
            "minikube_cluster_1",
            "minikube-cluster",
            "_x_",
            "system:admin",
            "5",
            "aa",
            &"a".repeat(255),
        ] {
            assert!(is_resource_name(name), "{name}");
        }
        for name in [
            "",
            "a b",
            "-a",
            "a-",
            "a.",
            "-",
            ".",
            "a/b",
            "ä",
            "a\n",
            &"a".repeat(256),
            &"a".repeat(500),
        ] {
            assert!(!is_resource_name(name), "{name}");
        }
    }

    #[test]
    fn label_keys_of_the_original_are_accepted_and_refused_alike() {
        for key in ["k", "k.k", "key_one.one", "url.com/name", "url-suffix/name-one"] {
            assert!(is_label_key(key), "{key}");
        }
        let (long_name, long_prefix) = ("a".repeat(64), format!("{}/a", "a".repeat(254)));
        for key in [
            "key!",
            "key.",
            "-key",
            "url/second/key",
            "url/",
            "/key",
            ".",
            &long_name,
            &long_prefix,
        ] {
            assert!(!is_label_key(key), "{key}");
        }
    }

    #[test]
    fn label_values_of_the_original_are_accepted_and_refused_alike() {
        for value in ["v", "v_1.2", "1.5", "DE.GER"] {
            assert!(is_label_value(value), "{value}");
        }
        for value in [
            "",
            "value$",
            "value.",
            "-value",
            "v-",
            ".",
            "url.com/value",
            &"a".repeat(64),
        ] {
            assert!(!is_label_value(value), "{value}");
        }
    }
}
