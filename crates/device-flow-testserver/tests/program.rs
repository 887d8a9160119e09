//! x
#[test]
fn a() {
    assert!(std::path::Path::new(env!("CARGO_BIN_EXE_device-flow-testserver")).exists());
}
