//! The door: a build event in, a verdict out.
