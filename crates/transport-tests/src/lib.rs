//! One loopback suite that both transports pass.
