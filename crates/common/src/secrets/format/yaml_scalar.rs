//! What a plain scalar of YAML is: the rules of go-yaml 3, which sops goes by.

use super::super::plain::{Kind, Plain};

/// A scalar without quotes and without a tag; nothing is null. An error if sops cannot hold it.
pub(super) fn resolve(text: &str) -> Result<Option<Plain>, &'static str> {
    Ok(Some(match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(None),
        "true" | "True" | "TRUE" => Plain::boolean(true),
        "false" | "False" | "FALSE" => Plain::boolean(false),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Plain::float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Plain::float(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => Plain::float(f64::NAN),
        _ => number_or_text(text)?,
    }))
}

fn number_or_text(text: &str) -> Result<Plain, &'static str> {
    let is_candidate =
        text.starts_with(|first: char| first.is_ascii_digit() || ['+', '-', '.'].contains(&first));
    if !is_candidate {
        return Ok(Plain::text(text));
    }
    if let Some(time) = time(text) {
        return Ok(Plain::new(Kind::Time, time));
    }
    let digits = text.replace('_', "");
    if let Some(number) = integer(&digits) {
        return i64::try_from(number)
            .map(|number| Plain::new(Kind::Integer, number.to_string()))
            .map_err(|_| "a number is too large: put it in quotes");
    }
    Ok(match is_float(&digits).then(|| digits.parse()) {
        Some(Ok(number)) => Plain::float(number),
        _ => Plain::text(text),
    })
}

/// An integer in any of Go's notations, as far as 64 bits go; larger ones are floats.
fn integer(text: &str) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = digits.to_ascii_lowercase();
    let (digits, radix) = if let Some(rest) = lower.strip_prefix("0x") {
        (rest, 16)
    } else if let Some(rest) = lower.strip_prefix("0b") {
        (rest, 2)
    } else if let Some(rest) = lower.strip_prefix("0o") {
        (rest, 8)
    } else if lower.len() > 1 && lower.starts_with('0') {
        (lower.as_str(), 8)
    } else {
        (lower.as_str(), 10)
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let number = i128::from(u64::from_str_radix(digits, radix).ok()?);
    let number = if negative { -number } else { number };
    (number >= i128::from(i64::MIN)).then_some(number)
}

fn is_float(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let all_digits = |text: &str| text.chars().all(|digit| digit.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !exponent.is_empty() && all_digits(exponent)
    });
    all_digits(whole) && all_digits(fraction) && !(whole.is_empty() && fraction.is_empty()) && exponent_fits
}

/// A date or an instant in one of go-yaml's four forms, as RFC 3339 has it.
fn time(text: &str) -> Option<String> {
    let (date, rest) = match text.find(['T', 't', ' ']) {
        Some(index) => text.split_at_checked(index)?,
        None => (text, ""),
    };
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 {
        return None;
    }
    let (month, day) = (short(month, 12)?, short(day, 31)?);
    let valid = jiff::civil::Date::new(
        year.parse().ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
    );
    valid.ok()?;
    let clock = match rest.split_at_checked(1) {
        None => "00:00:00Z".to_owned(),
        Some((" ", clock)) => format!("{}Z", time_of_day(clock)?),
        Some((_, clock)) => {
            let zone = clock.find(['Z', '+', '-'])?;
            let (clock, zone) = clock.split_at_checked(zone)?;
            format!("{}{}", time_of_day(clock)?, offset(zone)?)
        }
    };
    Some(format!("{year}-{month:02}-{day:02}T{clock}"))
}

fn time_of_day(text: &str) -> Option<String> {
    let (text, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = text.split(':');
    let hour = short(parts.next()?, 23)?;
    let minute = short(parts.next()?, 59)?;
    let second = short(parts.next()?, 59)?;
    if parts.next().is_some() || fraction.len() > 9 || !fraction.chars().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    Some(format!("{hour:02}:{minute:02}:{second:02}{point}{fraction}"))
}

fn offset(text: &str) -> Option<&str> {
    if text == "Z" {
        return Some(text);
    }
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    if hours.len() != 2 || minutes.len() != 2 {
        return None;
    }
    let zero = short(hours, 23)? == 0 && short(minutes, 59)? == 0;
    Some(if zero { "Z" } else { text })
}

/// One or two digits up to a limit.
fn short(text: &str, limit: u8) -> Option<u8> {
    let digits = (1..=2).contains(&text.len()) && text.chars().all(|digit| digit.is_ascii_digit());
    let number = text.parse().ok().filter(|_| digits)?;
    (number <= limit).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        match resolve(text) {
            Ok(None) => "null".to_owned(),
            Ok(Some(plain)) => format!("{} {}", plain.kind().tag(), plain.expose_text().unwrap()),
            Err(error) => error.to_owned(),
        }
    }

    #[test]
    fn scalars_are_what_go_yaml_takes_them_for() {
        for (text, kind) in [
            ("~", "null"),
            ("yes", "str yes"),
            ("TRUE", "bool True"),
            ("0x1F", "int 31"),
            ("010", "int 8"),
            ("08", "float 8"),
            ("1_000", "int 1000"),
            ("-7", "int -7"),
            ("18446744073709551616", "float 18446744073709552000"),
            ("3.50", "float 3.5"),
            ("1e3", "float 1000"),
            (".5", "float 0.5"),
            ("-", "str -"),
            ("1.2.3", "str 1.2.3"),
            ("2021-01-01", "time 2021-01-01T00:00:00Z"),
            ("2021-1-2T3:4:5.60+02:00", "time 2021-01-02T03:04:05.6+02:00"),
            ("2021-01-02 03:04:05", "time 2021-01-02T03:04:05Z"),
            ("2021-02-30", "str 2021-02-30"),
            ("12:30", "str 12:30"),
            ("18446744073709551615", "a number is too large: put it in quotes"),
        ] {
            assert_eq!(shown(text), kind, "{text}");
        }
    }
}
