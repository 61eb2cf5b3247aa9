//! The program needs no dynamic loader: it runs in an empty container and on any Linux of its architecture.

use crate::support::left_out;

/// A program header that names a dynamic loader.
const PT_INTERP: u32 = 3;
const PT_LOAD: u32 = 1;

#[test]
fn the_program_needs_no_dynamic_loader() {
    if !cfg!(target_os = "linux") {
        left_out("the check for a static program", "only Linux programs are in the ELF format");
        return;
    }
    let path = env!("CARGO_BIN_EXE_promenade");
    let kinds = program_headers(&std::fs::read(path).unwrap()).unwrap();
    assert!(kinds.contains(&PT_LOAD), "{path} has no segment to load: {kinds:?}");
    assert!(!kinds.contains(&PT_INTERP), "{path} names a dynamic loader");
}

#[test]
fn the_check_sees_a_dynamic_loader() {
    assert_eq!(program_headers(&elf(&[PT_LOAD, PT_INTERP])), Ok(vec![PT_LOAD, PT_INTERP]));
    assert!(program_headers(b"#!/bin/sh\n").is_err());
    assert!(program_headers(&elf(&[PT_LOAD])[..66]).is_err(), "a cut header is not an answer");
}

/// The kinds of the program headers of a 64-bit little-endian ELF file (gabi, chapters 4 and 5).
fn program_headers(file: &[u8]) -> Result<Vec<u32>, String> {
    if !file.starts_with(b"\x7fELF\x02\x01") {
        return Err("not a 64-bit little-endian ELF file".into());
    }
    let start = usize::try_from(number(file, 0x20, 8)?).map_err(|e| e.to_string())?;
    let size = number(file, 0x36, 2)? as usize;
    let count = number(file, 0x38, 2)? as usize;
    (0..count).map(|index| number(file, start + index * size, 4).map(|kind| kind as u32)).collect()
}

/// The little-endian number of `width` bytes at `at`.
fn number(file: &[u8], at: usize, width: usize) -> Result<u64, String> {
    let bytes = file.get(at..at + width).ok_or_else(|| format!("the file ends before byte {at}"))?;
    Ok(bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}

/// The smallest ELF file with these program headers.
fn elf(kinds: &[u32]) -> Vec<u8> {
    let mut file = b"\x7fELF\x02\x01".to_vec();
    file.resize(64, 0);
    file[0x20] = 64;
    file[0x36] = 56;
    file[0x38] = u8::try_from(kinds.len()).expect("a handful");
    for kind in kinds {
        file.extend_from_slice(&kind.to_le_bytes());
        file.extend_from_slice(&[0; 52]);
    }
    file
}
