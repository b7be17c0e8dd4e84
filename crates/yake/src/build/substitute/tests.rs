use super::super::object::Origin;
use super::*;

fn objects(text: &str) -> Vec<Object> {
    let origin = Origin {
        file: "a.yaml".to_owned(),
        line: Some(1),
    };
    let documents = yaml::read(text).unwrap().into_iter();
    documents
        .map(|document| Object::new(document.value, origin.clone()))
        .collect()
}

fn variables(pairs: &[(&str, &str)]) -> Variables {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn line(template: &str) -> Result<Value, SubstituteError> {
    let mut objects = objects(&format!(
        "apiVersion: v1\nkind: K\nmetadata: {{name: n}}\nx: {template}\n"
    ));
    let given = variables(&[("a", "Word/one"), ("n", "3"), ("empty", "")]);
    substitute(&mut objects, &given, OnMissing::Fail)?;
    Ok(objects[0].value.get("x").unwrap().clone())
}

#[test]
fn variables_that_look_like_numbers_or_booleans_stay_what_the_manifest_says() {
    let mut objects = objects(
        r#"
apiVersion: v1
kind: ConfigMap
metadata:
  name: knobs
  annotations:
    ticket: "${ID}"
    live: "${FLAG}"
    plain: ${N}
data:
  id: "${ID}"
  ver: '${VER}'
  flag: "${FLAG}"
  sha: "${SHA}"
  idiom: ${quote}${ID}${quote}
  note: "${NOTE}"
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: knob}
spec:
  replicas: ${N}
  template:
    spec:
      containers:
      - name: c
        image: "reg.example.test/knob:${SHA}"
        env:
        - name: P
          value: ${N}
"#,
    );
    let given = variables(&[
        ("ID", "004217"),
        ("VER", "2.40"),
        ("FLAG", "yes"),
        ("N", "3"),
        ("SHA", "12e4567"),
        ("NOTE", "x\nadmin: \"true\""),
        ("quote", "\""),
    ]);
    substitute(&mut objects, &given, OnMissing::Fail).unwrap();
    let text = objects
        .iter()
        .map(|object| yaml::write(&object.value))
        .collect::<Vec<_>>()
        .join("---\n");
    let read: Vec<serde_json::Value> = serde_saphyr::from_multiple(&text).unwrap();
    let data = &read[0]["data"];
    assert_eq!(
        [
            &data["id"],
            &data["ver"],
            &data["flag"],
            &data["sha"],
            &data["idiom"]
        ],
        ["004217", "2.40", "yes", "12e4567", "004217"]
    );
    assert_eq!(data["note"], "x\nadmin: \"true\"");
    assert_eq!(data["admin"], serde_json::Value::Null);
    let annotations = &read[0]["metadata"]["annotations"];
    assert_eq!(
        [
            &annotations["ticket"],
            &annotations["live"],
            &annotations["plain"]
        ],
        ["004217", "yes", "3"]
    );
    let spec = &read[1]["spec"];
    assert_eq!(spec["replicas"], 3);
    let container = &spec["template"]["spec"]["containers"][0];
    assert_eq!(container["image"], "reg.example.test/knob:12e4567");
    assert_eq!(container["env"][0]["value"], "3");
    for quoted in [
        "flag: \"yes\"",
        "id: \"004217\"",
        "ver: \"2.40\"",
        "sha: \"12e4567\"",
    ] {
        assert!(text.contains(quoted), "{quoted} is missing in\n{text}");
    }
}

#[test]
fn every_form_of_an_expression_gives_what_flux_gives() {
    for (template, expected) in [
        ("${a}", "Word/one"),
        ("${missing:-d}", "d"),
        ("${missing:=d}", "d"),
        ("${empty:=d}", "d"),
        ("${missing:=${a}}", "Word/one"),
        ("${missing:=}", ""),
        ("${a/one/two}", "Word/two"),
        ("${a//o/0}", "W0rd/0ne"),
        ("${a:5}", "one"),
        ("${a:0:4}", "Word"),
        ("${a:20}", ""),
        ("${a^^}", "WORD/ONE"),
        ("${a,,}", "word/one"),
        ("${a,}", "word/one"),
        ("${a#Word}", "/one"),
        ("${a%one}", "Word/"),
        ("x$${a}y", "x${a}y"),
        ("$a and $(a)", "$a and $(a)"),
    ] {
        let value = line(&format!("'{template}'")).unwrap();
        assert_eq!(value.as_text(), Some(expected), "{template}");
    }
    assert_eq!(line("${#a}").unwrap(), yaml::resolve("8"));
    assert_eq!(line("${n}").unwrap(), yaml::resolve("3"));
    assert_eq!(line("'${n}'").unwrap(), Value::text("3"));
}

#[test]
fn what_is_no_expression_is_an_error_that_shows_it() {
    for template in ["'${a'", "'${}'", "'${1a}'", "'${a b}'", "'${a:x}'"] {
        assert!(
            matches!(line(template), Err(SubstituteError::Expression { .. })),
            "{template}"
        );
    }
}

#[test]
fn a_variable_without_a_value_is_an_error_unless_asked_otherwise() {
    let text = "apiVersion: v1\nkind: K\nmetadata: {name: n}\nx: '${missing}'\n";
    let error = substitute(&mut objects(text), &Variables::new(), OnMissing::Fail).unwrap_err();
    assert!(
        error.to_string().contains("missing (v1 K default/n of a.yaml)"),
        "{error}"
    );
    let mut lenient = objects(text);
    substitute(&mut lenient, &Variables::new(), OnMissing::Empty).unwrap();
    assert_eq!(lenient[0].value.get("x").unwrap().as_text(), Some(""));
}

#[test]
fn an_object_that_opted_out_is_left_alone() {
    for of in ["labels", "annotations"] {
        let text = format!(
            "apiVersion: v1\nkind: K\nmetadata: {{name: n, {of}: {{kustomize.toolkit.fluxcd.io/substitute: disabled}}}}\nx: '${{a}}'\n"
        );
        let mut objects = objects(&text);
        substitute(&mut objects, &variables(&[("a", "1")]), OnMissing::Fail).unwrap();
        assert_eq!(objects[0].value.get("x").unwrap().as_text(), Some("${a}"));
    }
}
