//! An Octopus-compatible server in memory; imports nothing from promenade.
