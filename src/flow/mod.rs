//! Promotion flows: a product's release on its way from a trigger environment through the environments after it.

pub mod picture;
