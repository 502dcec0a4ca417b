//! `forward_to` and `--forward-to`: which deliveries go where.

/// An endpoint, and the event that it is for: `EVENT=URL`, or a URL, which may hold `=` in its query.
pub fn split(text: &str) -> (Option<&str>, &str) {
    match text.split_once('=') {
        Some((event, url)) if !event.contains("://") => (Some(event), url),
        _ => (None, text),
    }
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn an_equals_sign_in_a_query_is_no_event() {
        assert_eq!(split("http://h/?a=b"), (None, "http://h/?a=b"));
        assert_eq!(
            split("lead.submit=http://h/?a=b"),
            (Some("lead.submit"), "http://h/?a=b")
        );
    }
}
