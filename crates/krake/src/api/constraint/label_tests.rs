//! The original's tables of accepted and refused label constraints, and what must hold for any text.

use proptest::prelude::*;

use super::*;

fn labels(value: Option<&str>) -> BTreeMap<String, String> {
    value
        .map(|value| ("location".to_owned(), value.to_owned()))
        .into_iter()
        .collect()
}

fn read(text: &str) -> LabelConstraint {
    text.parse().unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

#[test]
fn every_accepted_spelling_means_what_it_means_in_the_original() {
    for (text, canonical) in [
        ("location == DE", "location is DE"),
        ("location = DE", "location is DE"),
        ("location is DE", "location is DE"),
        ("location==DE", "location is DE"),
        ("location=DE", "location is DE"),
        ("location isDE", "location is DE"),
        ("location is notDE", "location is notDE"),
        ("location != DE", "location is not DE"),
        ("location!=DE", "location is not DE"),
        ("location is not DE", "location is not DE"),
        ("location is  not  DE", "location is not DE"),
        ("location is not", "location is not"),
        ("location is in", "location is in"),
        ("location in(DE)", "location in (DE)"),
        ("location in (DE, SK)", "location in (DE, SK)"),
        ("location in (DE, SK,)", "location in (DE, SK)"),
        ("location in (DE,,)", "location in (DE)"),
        ("location in (DE , , )", "location in (DE)"),
        ("location notin (DE)", "location not in (DE)"),
        ("location not in(DE)", "location not in (DE)"),
        ("location not in (DE, SK)", "location not in (DE, SK)"),
        ("is is is", "is is is"),
        ("in in (in)", "in in (in)"),
        ("not is not not", "not is not not"),
        ("a=1", "a is 1"),
        ("a = 1.5", "a is 1.5"),
        ("  location is DE  ", "location is DE"),
        ("url.com/location != DE.GER", "url.com/location is not DE.GER"),
    ] {
        let constraint = read(text);
        assert_eq!(constraint.canonical().to_string(), canonical, "{text}");
        assert_eq!(constraint.to_string(), text);
        assert_eq!(read(canonical), constraint);
    }
    assert_eq!(
        *read("location is not").condition(),
        LabelCondition::Is("not".to_owned())
    );
}

#[test]
fn what_breaks_the_grammar_is_refused() {
    for text in [
        "",
        "location",
        "locationis DE",
        "locationin (DE)",
        "location inf (DE, SK)",
        "a location = DE",
        "location in (DE SK)",
        "location in (DE,,SK)",
        "location in (,DE)",
        "location in ()",
        "location not in ()",
        "location in [DE, SK)",
        "location in DE, SK",
        "location not in (DE, SK",
        "location not in (DE a, SK)",
        "a=b=c",
        "a===b",
        "a=!b",
        "a!==b",
        "a=b,c",
        "location! == DE",
        "location == DE!",
        "location == (DE, SK)",
        "a is not in (b)",
        "location is",
        "location is not valid DE",
        " in (DE, SK)",
        "LOCATION IS DE",
        "location IN (DE)",
    ] {
        assert!(text.parse::<LabelConstraint>().is_err(), "{text}");
    }
}

#[test]
fn what_breaks_the_rules_of_keys_and_values_is_refused() {
    let (prefix, name) = ("a".repeat(300), "a".repeat(70));
    for text in [
        "location\tis DE",
        "location is DE\n",
        "location is D\tE",
        "location is \"DE\"",
        "location is 'DE'",
        "location is DÉ",
        "löcation is DE",
        "a/b/c is d",
        ". is d",
        "-k is d",
        "url.com/ is d",
        "/location is d",
        "url.com/location. is d",
        &format!("{prefix}/a is d"),
        &format!("{name} is d"),
        "location is $DE",
        "location is .",
        "location is DE-",
        "location is /SK",
        "location in (DE, $SK)",
    ] {
        assert!(text.parse::<LabelConstraint>().is_err(), "{text:?}");
    }
}

#[test]
fn an_error_names_the_column_and_what_was_expected() {
    for (text, message) in [
        (
            "location foo DE",
            "Invalid label constraint: expected `is`, `is not`, `in`, `not in`, `=`, `==` or `!=` at column 10, found `foo`",
        ),
        (
            "location in (DE SK)",
            "Invalid label constraint: expected `,` or `)` at column 17, found `SK`",
        ),
        (
            "location in (DE, SK",
            "Invalid label constraint: expected `,` or `)` at column 20, found the end",
        ),
        (
            "a=b=c",
            "Invalid label constraint: expected the end at column 4, found `=`",
        ),
        (
            "lage is Öst",
            "Invalid label constraint: expected a label value (up to 63 letters, digits, `-`, `_`, `.`) at column 9, found `Öst`",
        ),
    ] {
        assert_eq!(text.parse::<LabelConstraint>().unwrap_err().to_string(), message);
    }
}

#[test]
fn a_missing_label_fulfils_no_operator() {
    for (text, fulfilled, refused) in [
        ("location is DE", &["DE"][..], &["EU"][..]),
        ("location is not DE", &["EU"], &["DE"]),
        ("location in (DE, SK)", &["DE", "SK"], &["EU"]),
        ("location not in (DE, SK)", &["EU"], &["DE", "SK"]),
    ] {
        let constraint = read(text);
        for value in fulfilled {
            assert!(constraint.matches(&labels(Some(value))), "{text} {value}");
        }
        for value in refused {
            assert!(!constraint.matches(&labels(Some(value))), "{text} {value}");
        }
        assert!(!constraint.matches(&labels(None)), "{text}");
    }
}

#[test]
fn json_carries_the_text_as_written_and_equality_ignores_the_spelling() {
    let constraint: LabelConstraint = serde_json::from_str("\"location  ==  DE\"").unwrap();
    assert_eq!(
        serde_json::to_string(&constraint).unwrap(),
        "\"location  ==  DE\""
    );
    assert_eq!(constraint, read("location is DE"));
    assert_ne!(constraint, read("location in (DE)"));
    let error = serde_json::from_str::<LabelConstraint>("\"a=\"").unwrap_err();
    assert!(
        error.to_string().starts_with("Invalid label constraint"),
        "{error}"
    );
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,40}") {
        let _ = text.parse::<LabelConstraint>();
    }

    #[test]
    fn text_made_of_the_languages_own_pieces_is_read_or_refused_and_canonical_text_means_the_same(
        pieces in prop::collection::vec(
            prop::sample::select(vec!["a", "is", "not", "in", " ", "=", "!", "(", ")", ",", "\t", "DE", "x/y", "-"]),
            0..14,
        )
    ) {
        if let Ok(constraint) = pieces.concat().parse::<LabelConstraint>() {
            prop_assert_eq!(read(&constraint.canonical().to_string()), constraint);
        }
    }
}
