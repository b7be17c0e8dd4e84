use super::super::value::Value;
use super::*;

fn one(text: &str) -> Value {
    read(text).unwrap().remove(0).value
}

#[test]
fn words_of_yaml_1_1_stay_text_and_are_quoted_on_the_way_out() {
    let value = one("a: on\nb: =\nc: yes\nd: 2.40\ne: '2.40'\nf: 0644\ng: 0o644\nh: 12e4567\n");
    assert_eq!(value.get("a").unwrap().as_text(), Some("on"));
    assert_eq!(value.get("f"), value.get("g"));
    assert_eq!(value.get("f").unwrap().scalar().unwrap(), "420");
    let text = write(&value);
    assert!(
        text.contains("a: \"on\"") && text.contains("c: \"yes\"") && text.contains("e: \"2.40\""),
        "{text}"
    );
    assert_eq!(one(&text), value);
}

#[test]
fn documents_are_counted_with_their_lines_whatever_ends_them() {
    let documents = read("\u{feff}# head\r\na: 1\r\n---\r\n---\r\nb: 2\r\n").unwrap();
    let lines: Vec<_> = documents.iter().map(|document| document.line).collect();
    assert_eq!(lines, [2, 5]);
    assert_eq!(documents[1].value.get("b").unwrap().scalar().unwrap(), "2");
}

#[test]
fn a_key_that_is_given_twice_is_refused_with_its_line() {
    assert_eq!(
        read("a: 1\nb:\n  c: 1\n  c: 2\n").unwrap_err().to_string(),
        "line 4: the key \"c\" is given twice"
    );
}

#[test]
fn aliases_of_aliases_are_refused_before_they_fill_the_memory() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let below = format!("*a{}", level - 1);
        let line = format!("a{level}: &a{level} [{}]\n", vec![below; 10].join(", "));
        bomb.push_str(&line);
    }
    let error = read(&bomb).unwrap_err();
    assert!(error.problem.contains("more than"), "{error}");
}

#[test]
fn a_file_that_is_nested_too_deep_is_refused() {
    assert!(read(&"[".repeat(100_000)).is_err());
}

#[test]
fn merge_keys_give_what_is_not_given() {
    let value = one("base: &base {a: 1, b: 2}\nmore: {<<: *base, b: 3}\n");
    assert_eq!(value.get("more"), Some(&one("{a: 1, b: 3}")));
}

#[test]
fn text_of_every_shape_comes_back_as_it_was() {
    for text in [
        "a\nb",
        "a\nb\n",
        "a\n\n",
        " a\nb",
        "\n",
        "",
        " ",
        "- a",
        "a: b",
        "a #b",
        "#",
        "'",
        "\"",
        "\t",
        "é",
        "0x1F",
        "1_000",
        "null",
        "~",
        "a\r\nb",
        "a:",
        "[",
        "{",
        "12:30:45",
        "2001-01-01",
        ".5",
        "-",
        "?",
        "!x",
        "&a",
        "*a",
        "%",
        "@",
        "`",
        "a\n  b\nc",
    ] {
        for value in [Value::text(text), Value::List(vec![Value::text(text)])] {
            let value = Value::Map([("k".to_owned(), value)].into());
            assert_eq!(one(&write(&value)), value, "{text:?}:\n{}", write(&value));
            let other: serde_json::Value = serde_saphyr::from_str(&write(&value)).unwrap();
            assert_eq!(Value::from(other), value, "{text:?}");
        }
    }
}

#[test]
fn a_block_at_the_end_of_a_text_has_the_line_break_that_the_text_has() {
    for (text, value) in [
        ("a: |\n  x", "x"),
        ("a: |\n  x\n", "x\n"),
        ("a: |-\n  x", "x"),
        ("a: >\n  ü\n  x", "ü x"),
        ("a: |\n  x\nb: y", "x\n"),
    ] {
        assert_eq!(one(text).get("a").unwrap().as_text(), Some(value), "{text:?}");
    }
}
