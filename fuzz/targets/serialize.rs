//! The serializers of other runtimes: for every JSON, each writes an output of bounded length or fails, and
//! writing this output again does not change it.

use cz_hook::diagnose::runtimes::{Runtime, all, write};
use cz_hook::webhook::payload::json::parse;

const LIMIT: usize = 64 << 10;

pub fn serialize(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(document) = parse(text) else {
        return;
    };
    for serializer in all() {
        let printed = write(serializer, document.root(), LIMIT);
        if let Some(printed) = &printed {
            assert!(printed.len() <= LIMIT);
            assert_eq!(write(serializer, document.root(), printed.len()).as_ref(), Some(printed));
            if let Some(less) = printed.len().checked_sub(1) {
                assert_eq!(write(serializer, document.root(), less), None);
            }
        }
        if serializer.runtime != Runtime::NODE {
            continue;
        }
        let Some(printed) = printed else {
            continue;
        };
        let printed = String::from_utf8(printed).expect("it prints text");
        let again = parse(&printed).expect("it prints JSON");
        let twice = write(serializer, again.root(), LIMIT);
        assert_eq!(twice.as_deref(), Some(printed.as_bytes()));
    }
}
