//! The text between `${` and `}`.

/// Text that is not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ExpressionError {
    /// No closing brace.
    #[error("has ${{ without }}")]
    Open,
    /// No name of a variable.
    #[error("has something between ${{ and }} that is no name of a variable")]
    Name,
    /// An operator that does not exist.
    #[error("has an operator that does not exist")]
    Operator,
    /// A slice without numbers.
    #[error("has a slice whose bounds are no numbers")]
    Slice,
    /// Nested too deep.
    #[error("is nested too deep")]
    Deep,
}

/// The value of a variable if it has one.
type Given<'a> = &'a dyn Fn(&str) -> Option<String>;
/// The value of a variable, or what becomes of it without.
type Demanded<'a> = &'a mut dyn FnMut(&str) -> String;

/// Defaults inside of defaults.
const DEPTH: usize = 16;

/// Replaces all variables of a text; `$${` stands for `${`.
pub(crate) fn expand(
    text: &str,
    given: Given<'_>,
    demanded: Demanded<'_>,
) -> Result<String, ExpressionError> {
    nested(text, given, demanded, 0)
}

fn nested(
    text: &str,
    given: Given<'_>,
    demanded: Demanded<'_>,
    depth: usize,
) -> Result<String, ExpressionError> {
    if depth > DEPTH {
        return Err(ExpressionError::Deep);
    }
    let mut result = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        if let Some(before) = before.strip_suffix('$') {
            result.push_str(before);
            result.push_str("${");
            rest = after;
            continue;
        }
        result.push_str(before);
        let end = closing(after).ok_or(ExpressionError::Open)?;
        let (inner, tail) = after.split_at(end);
        result.push_str(&one(inner, given, demanded, depth)?);
        rest = tail.strip_prefix('}').unwrap_or(tail);
    }
    result.push_str(rest);
    Ok(result)
}

fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut previous = ' ';
    for (index, letter) in text.char_indices() {
        match letter {
            '{' if previous == '$' => depth += 1,
            '}' if depth == 0 => return Some(index),
            '}' => depth -= 1,
            _ => {}
        }
        previous = letter;
    }
    None
}

fn one(
    inner: &str,
    given: Given<'_>,
    demanded: Demanded<'_>,
    depth: usize,
) -> Result<String, ExpressionError> {
    if let Some(name) = inner.strip_prefix('#') {
        check(name)?;
        return Ok(demanded(name).chars().count().to_string());
    }
    let end = inner
        .find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
        .unwrap_or(inner.len());
    let (name, operator) = inner.split_at(end);
    check(name)?;
    let operand = |head: &str| operator.strip_prefix(head);
    if let Some(default) = [":-", ":=", "=", "-"].iter().find_map(|head| operand(head)) {
        return match given(name).filter(|value| !value.is_empty()) {
            Some(value) => Ok(value),
            None => nested(default, given, demanded, depth + 1),
        };
    }
    if let Some(other) = operand(":+") {
        return match given(name).filter(|value| !value.is_empty()) {
            Some(_) => nested(other, given, demanded, depth + 1),
            None => Ok(String::new()),
        };
    }
    changed(&demanded(name), operator)
}

fn check(name: &str) -> Result<(), ExpressionError> {
    let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_name {
        Ok(())
    } else {
        Err(ExpressionError::Name)
    }
}

fn changed(value: &str, operator: &str) -> Result<String, ExpressionError> {
    match operator {
        "" => return Ok(value.to_owned()),
        "^^" => return Ok(value.to_uppercase()),
        ",," => return Ok(value.to_lowercase()),
        "^" => return Ok(first(value, str::to_uppercase)),
        "," => return Ok(first(value, str::to_lowercase)),
        _ => {}
    }
    if let Some(bounds) = operator.strip_prefix(':') {
        return slice(value, bounds);
    }
    if let Some(pattern) = operator.strip_prefix('/') {
        return Ok(replaced(value, pattern));
    }
    if let Some(pattern) = operator.strip_prefix("##").or_else(|| operator.strip_prefix('#')) {
        return Ok(value.strip_prefix(pattern).unwrap_or(value).to_owned());
    }
    if let Some(pattern) = operator.strip_prefix("%%").or_else(|| operator.strip_prefix('%')) {
        return Ok(value.strip_suffix(pattern).unwrap_or(value).to_owned());
    }
    Err(ExpressionError::Operator)
}

fn first(value: &str, change: fn(&str) -> String) -> String {
    let mut letters = value.chars();
    let head = letters.next().map(|letter| change(&letter.to_string()));
    head.unwrap_or_default() + letters.as_str()
}

/// `POSITION` or `POSITION:LENGTH`; what lies outside of the text is nothing.
fn slice(value: &str, bounds: &str) -> Result<String, ExpressionError> {
    let number = |text: &str| text.trim().parse::<usize>().map_err(|_| ExpressionError::Slice);
    let (position, length) = match bounds.split_once(':') {
        Some((position, length)) => (number(position)?, number(length)?),
        None => (number(bounds)?, usize::MAX),
    };
    Ok(value.chars().skip(position).take(length).collect())
}

/// `old/new` for the first, `/old/new` for all, `#old/new` at the beginning, `%old/new` at the end.
fn replaced(value: &str, pattern: &str) -> String {
    let parts = |pattern: &str| -> (String, String) {
        let (old, new) = pattern.split_once('/').unwrap_or((pattern, ""));
        (old.to_owned(), new.to_owned())
    };
    if let Some(pattern) = pattern.strip_prefix('/') {
        let (old, new) = parts(pattern);
        return if old.is_empty() {
            value.to_owned()
        } else {
            value.replace(&old, &new)
        };
    }
    if let Some(pattern) = pattern.strip_prefix('#') {
        let (old, new) = parts(pattern);
        return value
            .strip_prefix(&old)
            .map_or(value.to_owned(), |rest| new + rest);
    }
    if let Some(pattern) = pattern.strip_prefix('%') {
        let (old, new) = parts(pattern);
        return value
            .strip_suffix(&old)
            .map_or(value.to_owned(), |rest| rest.to_owned() + &new);
    }
    let (old, new) = parts(pattern);
    value.replacen(&old, &new, 1)
}
