#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| cz_hook_fuzz::export::export(data));
