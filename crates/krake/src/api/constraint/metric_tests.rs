//! The original's table of metric constraints, what ours reads beyond it, and what must hold for any text.

use proptest::prelude::*;

use super::*;

fn read(text: &str) -> MetricConstraint {
    text.parse().unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

#[test]
fn every_accepted_spelling_means_what_it_means_in_the_original() {
    for (text, canonical) in [
        ("load = 5", "load is 5"),
        ("load == 5", "load is 5"),
        ("load is 5", "load is 5"),
        ("load != 5", "load is not 5"),
        ("load is not 5", "load is not 5"),
        ("load > 5", "load greater than 5"),
        ("load gt 5", "load greater than 5"),
        ("load greater than 5", "load greater than 5"),
        ("load greaterthan 5", "load greater than 5"),
        ("load >= 5", "load greater than or equal 5"),
        ("load => 5", "load greater than or equal 5"),
        ("load gte 5", "load greater than or equal 5"),
        ("load greater than or equal 5", "load greater than or equal 5"),
        ("load < 5", "load lesser than 5"),
        ("load <5", "load lesser than 5"),
        ("load lt 5", "load lesser than 5"),
        ("load lt5", "load lesser than 5"),
        ("load lesser than 5", "load lesser than 5"),
        ("load <= 5", "load lesser than or equal 5"),
        ("load =< 5", "load lesser than or equal 5"),
        ("load lte 5", "load lesser than or equal 5"),
        ("load lesser than or equal 5", "load lesser than or equal 5"),
        ("load is 5.5", "load is 5.5"),
        ("load = 1e3", "load is 1000"),
    ] {
        let constraint = read(text);
        assert_eq!(constraint.canonical().to_string(), canonical, "{text}");
        assert_eq!(constraint.to_string(), text);
        assert_eq!(read(canonical), constraint);
    }
}

#[test]
fn glued_symbols_signed_and_fractional_numbers_and_less_than_are_read_beyond_the_original() {
    for (text, canonical) in [
        ("load>5", "load greater than 5"),
        ("load>=5", "load greater than or equal 5"),
        ("load< 5", "load lesser than 5"),
        ("load=5", "load is 5"),
        ("load!=5", "load is not 5"),
        ("load less than 5", "load lesser than 5"),
        ("load less than or equal 5", "load lesser than or equal 5"),
        ("load = -5", "load is -5"),
        ("load = +5", "load is 5"),
        ("load = .5", "load is 0.5"),
        ("load == 5.", "load is 5"),
        ("load > -0.25", "load greater than -0.25"),
        (
            "green.example.com/load > 1",
            "green.example.com/load greater than 1",
        ),
    ] {
        assert_eq!(read(text).canonical().to_string(), canonical, "{text}");
    }
}

#[test]
fn what_is_no_constraint_or_no_number_is_refused() {
    for text in [
        "",
        "load",
        "load =",
        "load 5",
        "load is greater than 5",
        "load greater than or equal to 5",
        "load ge 5",
        "load > =5",
        "load is over 9000",
        "load = abc",
        "load = inf",
        "load = nan",
        "load = -inf",
        "load = 1e999",
        "load = 5 6",
        "load = 5,",
        "load = 0x10",
        "load = --5",
        "load === 5",
        "load\t= 5",
        "load = 5\n",
        "LOAD GT 5",
        "-load > 5",
        "> 5",
    ] {
        assert!(text.parse::<MetricConstraint>().is_err(), "{text:?}");
    }
}

#[test]
fn an_error_names_the_column_and_what_was_expected() {
    assert_eq!(
        "load = abc".parse::<MetricConstraint>().unwrap_err().to_string(),
        "Invalid metric constraint: expected a number at column 8, found `abc`"
    );
    let error = "load ge 5".parse::<MetricConstraint>().unwrap_err();
    assert_eq!((error.column, error.found.as_str()), (6, "`ge`"));
    assert!(error.to_string().starts_with("Invalid metric constraint"));
}

#[test]
fn comparisons_are_strict_where_they_say_so() {
    for (text, accepted, refused) in [
        ("load is 5", &[5.0][..], &[4.9, 5.1][..]),
        ("load is not 5", &[4.9], &[5.0]),
        ("load > 5", &[6.0], &[5.0, 4.0]),
        ("load >= 5", &[5.0, 6.0], &[4.9]),
        ("load < 5", &[4.9], &[5.0, 6.0]),
        ("load <= 5", &[5.0, 4.0], &[5.1]),
    ] {
        let constraint = read(text);
        assert!(accepted.iter().all(|value| constraint.accepts(*value)), "{text}");
        assert!(!refused.iter().any(|value| constraint.accepts(*value)), "{text}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,40}") {
        let _ = text.parse::<MetricConstraint>();
    }

    #[test]
    fn canonical_text_means_the_same(number in prop::num::f64::NORMAL | prop::num::f64::ZERO, spelling in 0..OPERATORS.len()) {
        let text = format!("load {} {number}", OPERATORS[spelling].0.join(" "));
        let constraint = read(&text);
        prop_assert_eq!(constraint.comparison(), OPERATORS[spelling].1);
        prop_assert!((constraint.number() - number).abs() == 0.0);
        prop_assert_eq!(read(&constraint.canonical().to_string()), constraint);
    }
}
