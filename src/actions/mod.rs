//! What promenade can do: create, deploy and promote a release.
