//! The output of a tunnel client: a URL that is found in it is a valid URL for requests.

use cz_hook::tunnel::{UrlFinder, strip_ansi};

pub fn tunnel(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for ssh_host in [None, Some("ssh.example.com".to_owned())] {
        let finder = UrlFinder { ssh_host };
        for line in text.lines() {
            let line = strip_ansi(line);
            assert!(!line.contains('\u{1b}'));
            let Some(url) = finder.find(&line) else {
                continue;
            };
            assert!(url.chars().all(|c| c.is_ascii_graphic()), "{url:?}");
            let uri: http::Uri = url.parse().expect("a URL");
            assert!(matches!(uri.scheme_str(), Some("http" | "https")));
            assert!(!uri.host().unwrap_or_default().is_empty());
        }
    }
}
