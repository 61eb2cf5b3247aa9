//! The HTTP API of Octopus Deploy, typed; imports nothing from promenade.
