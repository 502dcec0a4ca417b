//! Deliveries as an HTTP archive (HAR 1.2): what browsers and proxies export, and what a browser's
//! network panel opens.

mod post_data;
mod read;
mod write;

pub use read::read;
pub use write::write;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::Captured;
    use crate::webhook::delivery::Delivery;
    use bytes::Bytes;

    fn round(delivery: Delivery) {
        let captured = Captured {
            id: 1,
            delivery,
            found: None,
        };
        let written = write(std::slice::from_ref(&captured));
        assert_eq!(read(&written), Ok(vec![captured]));
    }

    #[test]
    fn what_is_written_is_read_the_same() {
        let mut delivery = Delivery::post("/a/../b?c=d%20e&f#g", Bytes::from_static(b"\xff\0"));
        round(delivery.clone());
        delivery.headers.push("x-a", vec![0xe9]);
        delivery.headers.push("host", "b:1");
        delivery.headers.push("X-A", "");
        delivery.received_at = Some("2025-01-02T03:04:05.678901234Z".parse().unwrap());
        round(delivery.clone());
        delivery.target = "*".to_owned();
        delivery.method = "OPTIONS".to_owned();
        delivery.body = Bytes::new();
        round(delivery);
    }
}
