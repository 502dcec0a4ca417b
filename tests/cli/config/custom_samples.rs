//! Custom samples work like built-in ones.

use std::fs;

use super::Project;

#[test]
fn a_custom_sample_works_like_a_built_in_one() {
    let place = Project::with("fixtures = 'samples'\n[profile.default]\nsecret = 's'\n");
    let body = |name: &str| {
        format!(
            "{{\"eventType\": \"lead.submit\", \"agentId\": \"a\", \"payload\": {{\"customerName\": \"{name}\"}}}}"
        )
    };
    place.write("project/samples/lead.submit.vip.json", body("Vip"));
    place.write("project/samples/message.received.telegram.json", body("Telegram"));
    place.write("project/samples/README.md", "nothing to send");
    place.write(
        "project/samples/theirs.json",
        "{\"eventType\": \"leads.submit\", \"chatbotId\": \"c\", \"payload\": {}}",
    );
    let request = |args: &[&str]| {
        let mut hook = place.run(["sign", "--print", "request"]);
        for arg in args {
            hook = hook.arg(arg);
        }
        hook.run()
    };
    let sent = |args: &[&str]| String::from_utf8(request(args).exits(0).stdout).unwrap();
    assert!(sent(&["lead.submit.vip"]).ends_with(
        r#"{"eventType":"lead.submit","agentId":"a","payload":{"customerName":"Vip"}}"#
    ));
    assert!(sent(&["lead.submit", "--channel", "vip"]).contains("Vip"));
    assert!(sent(&["lead.submit.vip", "--set", "payload.customerName=Zoë"]).contains("Zoë"));
    assert!(sent(&["message.received", "--channel", "telegram"]).contains("Telegram"));
    assert!(!sent(&["lead.submit"]).contains("Vip"));
    // It sets the provider, unless another one is given.
    let theirs = place.run(["sign", "theirs", "--json"]).run().exits(0).json();
    assert_eq!(theirs[0]["event"], "leads.submit");
    let ran = request(&["theirs", "--provider", "chatzuri"]).exits(2);
    assert!(ran.stderr.contains("--provider"), "{}", ran.stderr);
    let ran = request(&["lead.submit.vpi"]).exits(2);
    assert!(ran.stderr.contains("did you mean `lead.submit.vip`"), "{}", ran.stderr);

    let ran = place.run(["events", "list"]).run().exits(0);
    assert!(
        ran.out().lines().any(|l| l.contains("lead.submit.vip") && l.contains("own")),
        "{}",
        ran.out()
    );
    let lines = place.run(["events", "list", "--json"]).run().exits(0).json();
    assert!(lines.iter().any(|l| l["event"] == "theirs" && l["payload"] == "own"));
    let ran = place.run(["events", "show", "lead.submit.vip", "--json"]).run().exits(0);
    assert_eq!(ran.json()[0]["payload"]["customerName"], "Vip");
    let all = place.run(["send", "--all", "--dry-run", "--url", "http://h/"]).run().exits(0);
    let all = String::from_utf8_lossy(&all.stdout).into_owned();
    assert!(all.contains("Vip") && all.contains("Telegram"));
    assert_eq!(all.matches("POST /").count(), 8, "{all}");
    let some = place
        .run(["send", "lead.submit", "--all", "--dry-run", "--url", "http://h/"])
        .run()
        .exits(0);
    let some = String::from_utf8_lossy(&some.stdout).into_owned();
    assert_eq!(some.matches("POST /").count(), 3, "{some}");

    for (name, text, said) in [
        ("broken.json", "{", "not JSON"),
        ("nobody.json", "{}", "recognised"),
        ("x.schema.json", "{}", "schema"),
    ] {
        let path = place.write(&format!("project/samples/{name}"), text);
        let ran = request(&["lead.submit.vip"]).exits(2);
        assert!(ran.stderr.contains(said) && ran.stderr.contains(name), "{}", ran.stderr);
        fs::remove_file(path).unwrap();
    }
    place.trusted("fixtures = 'nowhere'\n");
    place.run(["events"]).run().exits(2);
}
