//! The public URL is found in what tunnel clients print.

use cz_hook::tunnel::{UrlFinder, strip_ansi};

/// The first URL in a client's whole output.
fn found(output: &str) -> Option<String> {
    found_by(&UrlFinder::default(), output)
}

fn found_by(finder: &UrlFinder, output: &str) -> Option<String> {
    let mut lines = output.lines();
    lines.find_map(|line| finder.find(&strip_ansi(line)))
}

fn found_by_ssh(host: &str, output: &str) -> Option<String> {
    let ssh_host = Some(host.to_owned());
    found_by(&UrlFinder { ssh_host }, output)
}

#[test]
fn cloudflared_draws_a_box() {
    let output = "\
2026-04-26T08:30:10Z INF Thank you for trying Cloudflare Tunnel. Doing so, without a Cloudflare account, is a quick way to experiment and try it out. However, be aware that these account-less Tunnels have no uptime guarantee, are subject to the Cloudflare Online Services Terms of Use (https://www.cloudflare.com/website-terms/), and Cloudflare reserves the right to investigate your use of Tunnels for violations of such terms. If you intend to use Tunnels in production you should use a pre-created named tunnel by following: https://developers.cloudflare.com/cloudflare-one/connections/connect-apps
2026-04-26T08:30:10Z INF Requesting new quick Tunnel on trycloudflare.com...
2026-04-26T08:30:14Z INF +--------------------------------------------------------------------------------------------+
2026-04-26T08:30:14Z INF |  Your quick Tunnel has been created! Visit it at (it may take some time to be reachable):  |
2026-04-26T08:30:14Z INF |  https://four-dashed-word-url.trycloudflare.com                                            |
2026-04-26T08:30:14Z INF +--------------------------------------------------------------------------------------------+
2026-04-26T08:30:14Z INF Settings: map[ha-connections:1 no-autoupdate:true protocol:quic url:http://127.0.0.1:8080]";
    assert_eq!(found(output).as_deref(), Some("https://four-dashed-word-url.trycloudflare.com"));
    let failed = "failed to request quick Tunnel: Post \"https://api.trycloudflare.com/tunnel\": dial tcp: lookup api.trycloudflare.com on 127.0.0.11:53: no such host";
    assert_eq!(found(failed), None);
}

#[test]
fn ngrok_logs_a_key() {
    let output = "\
t=2026-04-26T08:30:10+0000 lvl=info msg=\"no configuration paths supplied\"
t=2026-04-26T08:30:10+0000 lvl=info msg=\"starting web service\" obj=web addr=127.0.0.1:4040 allow_hosts=[]
t=2026-04-26T08:30:10+0000 lvl=info msg=\"client session established\" obj=tunnels.session
t=2026-04-26T08:30:10+0000 lvl=info msg=\"started tunnel\" obj=tunnels name=command_line addr=http://backend:8501 url=https://zookeeper-pronto-ship.ngrok-free.dev";
    assert_eq!(found(output).as_deref(), Some("https://zookeeper-pronto-ship.ngrok-free.dev"));
    let own_domain = "msg=\"started tunnel\" addr=http://localhost:80 url=https://api.example.com";
    let url = found(own_domain);
    assert_eq!(url.as_deref(), Some("https://api.example.com"));
    let refused = "\
ERROR:  authentication failed: Usage of ngrok requires a verified account and authtoken.
ERROR:  Sign up for an account: https://dashboard.ngrok.com/signup
ERROR:  Install your authtoken: https://dashboard.ngrok.com/get-started/your-authtoken
ERROR:  https://ngrok.com/docs/errors/err_ngrok_4018
Web Interface                 http://127.0.0.1:4040
t=2026-04-26 msg=\"started tunnel\" addr=//localhost:4444 url=tcp://0.tcp.jp.ngrok.io:10936";
    assert_eq!(found(refused), None);
    let drawn = "Forwarding                    https://f5291e35.ngrok.io -> http://localhost:3001";
    assert_eq!(found(drawn).as_deref(), Some("https://f5291e35.ngrok.io"));
}

#[test]
fn bore_prints_where_it_listens() {
    let output = "\
\u{1b}[2m2026-04-26T08:30:14.123456Z\u{1b}[0m \u{1b}[32m INFO\u{1b}[0m \u{1b}[2mbore_cli::client\u{1b}[0m\u{1b}[2m:\u{1b}[0m connected to server \u{1b}[3mremote_port\u{1b}[0m\u{1b}[2m=\u{1b}[0m12345
\u{1b}[2m2026-04-26T08:30:14.123466Z\u{1b}[0m \u{1b}[32m INFO\u{1b}[0m \u{1b}[2mbore_cli::client\u{1b}[0m\u{1b}[2m:\u{1b}[0m listening at bore.pub:12345";
    assert_eq!(found(output).as_deref(), Some("http://bore.pub:12345"));
    let own = "2026 INFO bore_cli::client: listening at 127.0.0.1:9735";
    assert_eq!(found(own).as_deref(), Some("http://127.0.0.1:9735"));
    for nowhere in ["nowhere", ":9735", "a@b:9735", "bore.pub:9735/x", "é:9735"] {
        let line = format!("INFO bore_cli::client: listening at {nowhere}");
        assert_eq!(found(&line), None, "{line}");
    }
}

#[test]
fn ssh_prints_only_the_port() {
    let output = "\
Warning: Permanently added 'tunnel.example.com' (ED25519) to the list of known hosts.\r
Allocated port 43210 for remote forward to 127.0.0.1:8080\r";
    assert_eq!(
        found_by_ssh("tunnel.example.com", output).as_deref(),
        Some("http://tunnel.example.com:43210")
    );
    assert_eq!(found(output), None);
}

#[test]
fn services_over_ssh_greet_first() {
    let output = "\
===============================================================================
Welcome to localhost.run!

Follow your favourite reverse tunnel at [https://twitter.com/localhost_run].

To set up and manage custom domains go to https://admin.localhost.run/

More details on custom domains (and how to enable subdomains of your custom
domain) at https://localhost.run/docs/custom-domains

If you get a permission denied error check the faq for how to connect with a key or
create a free tunnel without a key at [http://localhost:3000/docs/faq#generating-an-ssh-key].

To explore using localhost.run visit https://localhost.run.
===============================================================================

authenticated as anonymous user
8beaa541ba3dc2.lhr.life tunneled with tls termination, https://8beaa541ba3dc2.lhr.life
create an account and add your key for a longer lasting domain name. see https://localhost.run/docs/forever-free/ for more information.";
    assert_eq!(
        found_by_ssh("localhost.run", output).as_deref(),
        Some("https://8beaa541ba3dc2.lhr.life")
    );
    let serveo = "\
\u{1b}[32mForwarding HTTP traffic from \u{1b}[0mhttps://59614f9c88d865c5-35-153-157-12.serveousercontent.com\u{1b}[0m
Press g to start a GUI session and ctrl-c to quit.";
    assert_eq!(
        found_by_ssh("serveo.net", serveo).as_deref(),
        Some("https://59614f9c88d865c5-35-153-157-12.serveousercontent.com")
    );
}

#[test]
fn other_clients() {
    for (line, url) in [
        ("your url is: https://funny-cat-123.loca.lt", "https://funny-cat-123.loca.lt"),
        ("https://machine.tail1234.ts.net/", "https://machine.tail1234.ts.net"),
        ("Forwarding https://smee.io/AbC123 to http://127.0.0.1:3000/", "https://smee.io/AbC123"),
        (
            "\u{1b}]8;;https://x.example\u{7}https://x.example\u{1b}]8;;\u{1b}\\ is up",
            "https://x.example",
        ),
        (
            "https://a-ip-1-2-3-4.tunnelmole.net ⟶ http://localhost:3000",
            "https://a-ip-1-2-3-4.tunnelmole.net",
        ),
        ("ready (https://t.example:8443).", "https://t.example:8443"),
    ] {
        assert_eq!(found(line).as_deref(), Some(url), "{line}");
    }
}

#[test]
fn other_urls_are_skipped() {
    for line in [
        "",
        "http",
        "https://",
        "see http://docs.example.com",
        "http://127.0.0.1:8080 http://localhost:8080/ http://[::1]:8080 http://0.0.0.0:1",
        "http://app.localhost:3000",
        "https://user:password@t.example",
        "https://:8080",
        "read https://t.example/manual, or https://t.example/?q=1, or https://t.example/#top",
        "Allocated port 99999 for remote forward to x",
        "httpserver started",
        "http://\u{202e}evil",
    ] {
        assert_eq!(found(line), None, "{line}");
    }
}
