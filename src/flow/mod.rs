//! Promotion flows: how a product's release travels through environments. Pure: time is an argument, and nothing here
//! reads or sends anything.

pub mod definition;
