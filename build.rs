//! The fixtures are built into the binary by a macro that cannot see a new file; cargo can.

fn main() {
    println!("cargo::rerun-if-changed=fixtures");
}
