//! `yake run` over real repositories and real API servers: what is committed comes about, what others change is put
//! right, what cannot be fetched keeps nothing from being kept, and a kill loses nothing.

#![cfg(test)]

mod keeping;
mod stage;
mod words;
