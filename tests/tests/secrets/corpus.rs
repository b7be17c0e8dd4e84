//! Documents of every format with everything that they can hold.

const KINDS: &[u8] = br#"# head
peers:
  # - old.example.test
  - new.example.test
  - 2021-01-01
  - 3.50
  - true
  - ~
  - ""
  - {}
  - []
  - "yes"
  - |
    two
    lines
"8080": {a: null}
"#;

const NESTED: &[u8] = "# licence
# of two lines

# about the name
name: täglich ✓ 日本 🎉   # behind it
namespaces:
  - name: one
    # inside
    list: [1, [2, 3], {x: y, z: [true, no, off]}]
  # before the second
  - name: two
    empty: ''
  - - deep
    - deeper
numbers:
  zero: 0
  octal: 010
  hexadecimal: 0x1f
  large: 9223372036854775807
  negative: -42
  small: 1e-9
  huge: 1.5e300
  underscored: 1_000
texts:
  quoted: \"a \\\"b\\\" \\\\ \\t \\u00e9\"
  single: 'it''s'
  folded: >-
    one
    line
  kept: |+
    lines

  stripped: |-
    # no comment
      indented
  colon: 'a: b'
  hash: 'a #b'
  number: '12'
  boolean: 'true'
  nothing: 'null'
  date: '2021-01-01'
  spaces: '  around  '
  instant: 2021-02-03T04:05:06.700+01:00
  key_unencrypted: in the clear
"
.as_bytes();

const SECRET: &[u8] = b"apiVersion: v1
kind: Secret
metadata:
  name: db
  labels: {tier: back, port: 80}
type: Opaque
stringData:
  # the user
  user: app
  password: \"\"
  pin: 40917733
data:
  key: QUJD
";

const DOCUMENTS: &[u8] = b"# of the first
a: 1
---
# of the second
b:
  c: two
";

const JSON: &[u8] = r#"{"name": "täglich <&> 🎉", "list": [1, 2.5, true, null, "", {}, [], {"a": [[]]}],
"large": 9007199254740993, "exponent": 1e3, "nested": {"peers": ["a", {"data": "x\ny"}], "s": -7}}"#
    .as_bytes();

const DOTENV: &[u8] =
    "# head\nNAME=täglich\nEMPTY=\n# note\nURL=https://example.test/?a=b#c\nLINES=a\\nb\n".as_bytes();

const INI: &[u8] =
    b"[names]\nname = value\nempty =\nurl = https://example.test/?a=b\n\n[peers]\none = 1\ntwo = a b\n";

pub(crate) const CORPUS: &[(&str, &[u8])] = &[
    ("kinds.yaml", KINDS),
    ("nested.yaml", NESTED),
    ("secret.yaml", SECRET),
    ("documents.yaml", DOCUMENTS),
    ("open.yaml", b"a: b\nc: |\n  no\n  end"),
    ("all.json", JSON),
    ("all.env", DOTENV),
    ("all.ini", INI),
    ("all.bin", b"\x00\x01\xff binary \xfe\n"),
    ("text.txt", b"plain text\n"),
];
