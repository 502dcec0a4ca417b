//! Command lines as people paste them, and those that nobody but a shell can read.

use super::*;

fn words(text: &str) -> Vec<String> {
    let mut tokens = split(text.as_bytes()).unwrap();
    assert_eq!(tokens.pop(), Some(Token::End));
    tokens
        .into_iter()
        .map(|token| match token {
            Token::Word(word) => String::from_utf8(word).unwrap(),
            other => format!("{other:?}"),
        })
        .collect()
}

#[test]
fn words_are_split_as_a_shell_splits_them() {
    for (text, expected) in [
        ("a  b\tc", &["a", "b", "c"][..]),
        ("'a b'c\"d e\" ''", &["a bcd e", ""]),
        (r#"'it'\''s' "\"\\\$\`\a\n""#, &["it's", r#""\$`\a\n"#]),
        ("a\\ b \\'", &["a b", "'"]),
        ("a \\\n  b \\\r\n c\r\n", &["a", "b", "c"]),
        ("\"a\\\nb\" 'a\\\nb'", &["ab", "a\\\nb"]),
        (
            r"$'a\n\t\\\'\x41\u00e9\101' 'b'$'c'",
            &["a\n\t\\'Aé\u{41}", "bc"],
        ),
        ("a#b # c 'd\n# e", &["a#b"]),
        (
            "$ curl '$x' $ \"$\" $. a$",
            &["$", "curl", "$x", "$", "$", "$.", "a$"],
        ),
        ("a|b '|'", &["a", "Pipe", "b", "|"]),
        ("a |\n b", &["a", "Pipe", "b"]),
        ("http://h/?a[]=b", &["http://h/?a[]=b"]),
        (
            "{} x{y}z {a.b}.. '{1..3}' !a ^b",
            &["{}", "x{y}z", "{a.b}..", "{1..3}", "!a", "^b"],
        ),
    ] {
        assert_eq!(words(text), expected, "{text}");
    }
}

#[test]
fn commands_end_with_their_line() {
    let tokens = split(b"\n a \n\n b ;\n 'c\nd' ; ").unwrap();
    let word = |text: &str| Token::Word(text.as_bytes().to_vec());
    let end = || Token::End;
    assert_eq!(
        tokens,
        [word("a"), end(), word("b"), end(), word("c\nd"), end()]
    );
    assert_eq!(split(b" # nothing\n"), Ok(vec![]));
}

#[test]
fn what_needs_a_shell_is_an_error_with_its_line() {
    for text in [
        "$HOME",
        "\"$HOME\"",
        "${a}",
        "$(id)",
        "\"$(id)\"",
        "`id`",
        "\"`id`\"",
        "a;b",
        "a&",
        "a&&b",
        "a||b",
        "a>b",
        "a<b",
        "(a)",
        "~/x",
        "{a,b}",
        "a{1..3}",
        "$1",
        "$$",
        "$\"a\"",
        "a |& b",
        "a & b",
    ] {
        let error = split(format!("x \\\n{text}").as_bytes()).unwrap_err();
        assert!(
            matches!(error, ShellError::NeedsShell { line: 2, .. }),
            "{text}: {error:?}"
        );
    }
    for (text, line) in [("a '", 1), ("\n\"a\n", 2), ("$'\\'", 1)] {
        let error = split(text.as_bytes()).unwrap_err();
        assert!(
            matches!(error, ShellError::Unclosed { line: at, .. } if at == line),
            "{text}"
        );
    }
    assert_eq!(
        split(b"curl ^\"http://h/^\" ^\r\n -H x"),
        Err(ShellError::Windows)
    );
}
