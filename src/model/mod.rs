//! The nouns that everyone shares: names, versions, releases.
