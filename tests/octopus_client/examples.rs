//! Every JSON example of the API is read as the client reads it.
