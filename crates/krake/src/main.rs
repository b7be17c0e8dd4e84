//! Binary of Krake.

fn main() {}
