//! The lines that make the program available on a CI server.

/// Makes the program available where it is not on the PATH: this version, or the one that is named.
///
/// The checksum beside the archive shows a broken transfer; one that is named in PROMENADE_SHA256 shows any change.
pub(super) const INSTALL: &str = concat!(
    r#"if ! command -v promenade >/dev/null 2>&1; then
  version="${PROMENADE_VERSION:-"#,
    env!("CARGO_PKG_VERSION"),
    r#"}"
  case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) target=x86_64-unknown-linux-gnu ;;
    Linux-aarch64 | Linux-arm64) target=aarch64-unknown-linux-gnu ;;
    *)
      echo "promenade: there is no archive for this machine; put promenade on the PATH" >&2
      exit 2
      ;;
  esac
  archive="promenade-v$version-$target.tar.gz"
  address="https://github.com/promenade-rs/promenade/releases/download/v$version/$archive"
  folder="$(mktemp -d)"
  for suffix in "" .sha256; do
    if command -v curl >/dev/null 2>&1; then
      curl --fail --silent --show-error --location --retry 3 --output "$folder/$archive$suffix" "$address$suffix"
    else
      wget -q -O "$folder/$archive$suffix" "$address$suffix"
    fi || {
      echo "promenade: $address$suffix could not be fetched" >&2
      exit 4
    }
  done
  sum="${PROMENADE_SHA256:-$(cut -d ' ' -f 1 "$folder/$archive.sha256")}"
  echo "$sum  $folder/$archive" | sha256sum -c - >/dev/null || {
    echo "promenade: the checksum of $archive is wrong; nothing was run" >&2
    exit 2
  }
  tar -xzf "$folder/$archive" -C "$folder" || exit 2
  PATH="$folder:$PATH"
fi
"#
);
