//! The schemas of a custom provider make a bounded amount of work of a body.

use serde_json::{Value, json};

use super::Project;
use crate::support::Ran;

const ACME: &str = "name = 'acme'\ntitle = 'Acme'\ndocument = 'a page'\n\
    [envelope]\nkeys = ['kind']\nevent = '/kind'\nagent = '/agent'\ndata = '/data'\n\
    [[event]]\nname = 'paid'\nsummary = 's'\npayload = 'documented'\n";

/// Validates a body of the event whose `data` has this schema.
fn validate(data: &Value, definitions: &Value, body: &Value) -> Ran {
    let place = Project::with("providers = 'providers'\n");
    let schema = json!({"properties": {"data": data}, "$defs": definitions});
    place.write("project/providers/acme/provider.toml", ACME);
    place.write("project/providers/acme/paid.schema.json", schema.to_string());
    let body = json!({"kind": "paid", "agent": "a", "data": body}).to_string();
    let args = ["events", "validate", "--provider", "acme", "--config", "cz-hook.toml"];
    place.run(args).stdin(body).run()
}

/// `count` schemas, each of which applies the next one twice.
fn doubling(count: usize) -> Value {
    let mut all = json!({});
    for n in 0..count {
        let next = json!({"$ref": format!("#/$defs/{}", n + 1)});
        all[n.to_string()] = json!({"allOf": [next, next]});
    }
    all[count.to_string()] = json!({"type": "object"});
    all
}

fn nested(depth: usize) -> Value {
    (0..depth).fold(json!({}), |inner, _| json!({"a": inner}))
}

#[test]
fn a_schema_that_multiplies_is_refused_when_it_is_read() {
    let first = json!({"$ref": "#/$defs/0"});
    for (definitions, said) in [
        (doubling(27), "check one value more than 100000 times"),
        (json!({"0": {"anyOf": [{"$ref": "#/$defs/0"}]}}), "refers to itself endlessly"),
        (json!({"0": {"$ref": "http://127.0.0.1:1/other.json"}}), "cannot be used"),
    ] {
        let ran = validate(&first, &definitions, &json!({})).exits(2);
        assert!(ran.stderr.contains("paid.schema.json"), "{}", ran.stderr);
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
    }
    validate(&first, &doubling(8), &json!({})).exits(0);
}

#[test]
fn a_schema_that_multiplies_with_the_depth_of_a_body_does_not_judge_a_deep_one() {
    let data = json!({"$ref": "#/$defs/0"});
    let twice = json!({"$ref": "#/$defs/0"});
    let definitions = json!({"0": {
        "type": "object", "properties": {"a": twice}, "patternProperties": {"^a": twice},
    }});
    validate(&data, &definitions, &nested(8)).exits(0);
    let ran = validate(&data, &definitions, &nested(100)).exits(1);
    assert!(ran.out().contains("too many checks of this body"), "{}", ran.out());
    // Once for each value is no problem.
    let once = json!({"0": {"type": "object", "additionalProperties": twice}});
    validate(&data, &once, &nested(100)).exits(0);
}

#[test]
fn a_pattern_takes_linear_time() {
    let text = format!("{}!", "a".repeat(50_000));
    let ran = validate(&json!({"pattern": "^(a+)+$"}), &json!({}), &json!(text)).exits(1);
    assert!(ran.out().contains("/data"), "{}", ran.out());
    let ran = validate(&json!({"pattern": "^(?=a)(a+)+$"}), &json!({}), &json!(text)).exits(1);
    assert!(ran.out().contains("schema cannot be used"), "{}", ran.out());
}

#[test]
fn large_arrays_and_lists_of_values_are_compared_in_bounded_time() {
    let numbers: Vec<_> = (0..30_000).collect();
    let unique = json!({"type": "array", "uniqueItems": true});
    validate(&unique, &json!({}), &json!(numbers)).exits(0);
    let listed = json!({"items": {"enum": numbers}});
    validate(&listed, &json!({}), &json!([29_999])).exits(0);
    let ran = validate(&listed, &json!({}), &json!(vec![29_999; 30_000])).exits(1);
    assert!(ran.out().contains("too many checks of this body"), "{}", ran.out());
}
